import { suiteOf } from './cases.js'
import { suiteOfThree } from './three.js'

suiteOf('power cut')
suiteOfThree('power cut')
