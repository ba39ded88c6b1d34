import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * The server lacks something that the deploy needs: an interpreter, a program, a file, a right.
 *
 * Code: `MISSING_REQUIREMENT`.
 */
export class RequirementError extends DyeError {
  /** Names of programs that are missing, if it is programs: all of them. */
  readonly programs: readonly string[]

  constructor(account: ErrorAccount, programs: readonly string[] = []) {
    super('MISSING_REQUIREMENT', account)
    this.programs = programs
  }
}
