import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * The server lacks something that the deploy needs: an interpreter, a program, a file, a right.
 *
 * Code: `MISSING_REQUIREMENT`.
 */
export class RequirementError extends DyeError {
  constructor(account: ErrorAccount) {
    super('MISSING_REQUIREMENT', account)
  }
}
