import { suiteOf } from './cases.js'

suiteOf('failing command')
