import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * A database dump could not be made, or is not complete.
 *
 * Code: `DUMP_FAILED`.
 */
export class DumpError extends DyeError {
  constructor(account: ErrorAccount) {
    super('DUMP_FAILED', account)
  }
}
