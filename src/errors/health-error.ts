import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * The new release did not answer as it should.
 *
 * Code: `UNHEALTHY`.
 */
export class HealthError extends DyeError {
  constructor(account: ErrorAccount) {
    super('UNHEALTHY', account)
  }
}
