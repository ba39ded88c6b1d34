import { suiteOf } from './cases.js'

suiteOf('silence', { atOnce: true })
