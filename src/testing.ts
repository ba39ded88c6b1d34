export type { CancelledError } from './errors/cancelled-error.js'
export type { CommandError } from './errors/command-error.js'
export type { ConnectionError } from './errors/connection-error.js'
export type { OptionError } from './errors/option-error.js'
export type { TransferError } from './errors/transfer-error.js'
export type { CommandPattern, FakeAnswer } from './fake/answers.js'
export { FakeHost } from './fake/fake-host.js'
export type { FakeFailure, FakeStepName, FaultPlace } from './fake/faults.js'
export { FakeClock } from './fake/machine/clock.js'
export { type CommitChanges, FakeRepository } from './fake/machine/repositories.js'
export type { FakePackage } from './fake/programs/programs.js'
export type {
  FakeFile,
  FakeProgram,
  FakeProgramCall,
  FakeServerOptions,
  FakeUser,
} from './fake/server-options.js'
