export { ask, Command, change, raw } from './command/command.js'
export { Secret } from './command/secret.js'
export { Host } from './host/host.js'
