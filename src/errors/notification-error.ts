import { DyeError } from './dye-error.js'

/**
 * Somebody could not be told how a deploy ended. It is a warning of the deploy; the address stands nowhere in it.
 *
 * Code: `NOTIFICATION_FAILED`.
 */
export class NotificationError extends DyeError {
  constructor(receiver: string, why: string) {
    super('NOTIFICATION_FAILED', {
      what: `notify ${receiver}`,
      why,
      remedy: 'look whether its address still is the right one.',
    })
  }
}
