import { suiteOf } from './cases.js'

suiteOf('kill -9')
