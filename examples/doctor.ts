// doctor.ts
import { checkupText, doctor } from 'dye-deploy'
import { options } from './options.js'

const checkup = await doctor(options)
console.log(checkupText(checkup)) // or findings, one by one: host, code, severity, message, remedy
process.exitCode = checkup.isWell ? 0 : 1
