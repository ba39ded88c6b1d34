import { suiteOf } from './cases.js'

suiteOf('power cut')
