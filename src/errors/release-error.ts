import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * A release is not there, or not in a state in which it can be used.
 *
 * Codes: `NO_SUCH_RELEASE`, `RELEASE_UNUSABLE`.
 */
export class ReleaseError extends DyeError {
  constructor(code: 'NO_SUCH_RELEASE' | 'RELEASE_UNUSABLE', account: ErrorAccount) {
    super(code, account)
  }
}
