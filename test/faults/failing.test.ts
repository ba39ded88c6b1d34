import { suiteOf } from './cases.js'
import { suiteOfThree } from './three.js'

suiteOf('failing command')
suiteOfThree('failing command')
