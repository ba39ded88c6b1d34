import { DyeError, type ErrorAccount } from './dye-error.js'

/** Why a service does not do as it was told: there is none of that name, or it failed. */
export type ServiceErrorCode = 'SERVICE_ABSENT' | 'SERVICE_FAILED'

/**
 * A service of a server could not be started, stopped, restarted or reloaded.
 *
 * Codes: see {@link ServiceErrorCode}.
 */
export class ServiceError extends DyeError {
  constructor(code: ServiceErrorCode, account: ErrorAccount) {
    super(code, account)
  }
}
