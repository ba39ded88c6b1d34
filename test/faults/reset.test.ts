import { suiteOf } from './cases.js'
import { suiteOfThree } from './three.js'

suiteOf('connection reset')
suiteOfThree('connection reset')
