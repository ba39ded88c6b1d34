import { DyeError } from './dye-error.js'

/**
 * The caller's signal was aborted, or a time limit ran out; what ran on the host has been stopped.
 *
 * Codes: `CANCELLED`, `TIMED_OUT`.
 */
export class CancelledError extends DyeError {
  constructor(code: 'CANCELLED' | 'TIMED_OUT', what: string, host: string | undefined, why: string) {
    super(code, { what, host, why })
  }

  /** @internal For what ended because the caller's signal was aborted. */
  static bySignal(what: string, host: string | undefined): CancelledError {
    return new CancelledError('CANCELLED', what, host, 'it was cancelled')
  }
}
