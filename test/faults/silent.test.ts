import { suiteOf } from './cases.js'
import { suiteOfThree } from './three.js'

suiteOf('silence', { atOnce: true })
suiteOfThree('silence')
