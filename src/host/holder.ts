import { ConnectionError } from '../errors/connection-error.js'
import type { Shell } from './connection.js'

/**
 * The shell that there is. Another shell cannot stand in for one that something was held by, such as a lock: once that one is lost, nothing is run.
 *
 * @throws {@link ConnectionError} when it is
 */
export function unlessLost<T extends Shell | undefined>(
  current: T,
  holder: Shell | undefined,
  host: string,
): T {
  if (current !== holder || current?.alive !== false) return current
  throw new ConnectionError('CONNECTION_LOST', {
    what: 'run a command, which was not sent',
    host,
    why: 'the connection was lost, and with it the lock that it was to run under',
    remedy: 'run the deploy again: it finds out how far this one came.',
    mayHaveRun: false,
  })
}
