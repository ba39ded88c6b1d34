import { suiteOf } from './cases.js'
import { suiteOfThree } from './three.js'

suiteOf('kill -9')
suiteOfThree('kill -9')
