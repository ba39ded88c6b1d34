export type { CommandError } from './errors/command-error.js'
export type { ConnectionError } from './errors/connection-error.js'
export type { OptionError } from './errors/option-error.js'
export { type CommandPattern, type FakeAnswer, FakeHost } from './host/fake-host.js'
