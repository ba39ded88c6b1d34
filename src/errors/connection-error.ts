import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * A host could not be reached or logged in to, or the connection broke.
 *
 * Codes: `CONNECT_FAILED`, `LOGIN_FAILED`, `CONNECTION_LOST`.
 */
export class ConnectionError extends DyeError {
  /** True if a command was under way, so that nobody knows whether it has run to its end. */
  readonly mayHaveRun: boolean

  constructor(
    code: 'CONNECT_FAILED' | 'LOGIN_FAILED' | 'CONNECTION_LOST',
    account: ErrorAccount & { readonly mayHaveRun?: boolean },
  ) {
    super(code, account)
    this.mayHaveRun = account.mayHaveRun ?? false
  }
}
