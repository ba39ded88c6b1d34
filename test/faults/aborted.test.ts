import { suiteOf } from './cases.js'

suiteOf('AbortSignal')
