import { suiteOf } from './cases.js'

suiteOf('connection reset')
