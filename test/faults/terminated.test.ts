import { suiteOf } from './cases.js'

suiteOf('SIGTERM')
