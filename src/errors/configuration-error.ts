import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * The web server refuses the new configuration. The one in force has not been touched.
 *
 * Code: `BAD_CONFIGURATION`.
 */
export class ConfigurationError extends DyeError {
  constructor(account: ErrorAccount) {
    super('BAD_CONFIGURATION', account)
  }
}
