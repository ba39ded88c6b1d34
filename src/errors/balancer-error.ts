import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * Why a balancer does not do as it was told: it cannot be spoken to or refuses; it does not know the server; or it does
 * not find a server well that was put back.
 */
export type BalancerErrorCode = 'BALANCER_FAILED' | 'UNKNOWN_SERVER' | 'SERVER_DOWN'

/**
 * A host could not be taken out of a balancer, or put back.
 *
 * Codes: see {@link BalancerErrorCode}.
 */
export class BalancerError extends DyeError {
  constructor(code: BalancerErrorCode, account: ErrorAccount) {
    super(code, account)
  }
}
