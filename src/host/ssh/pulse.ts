import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { logOf } from '../../support/log.js'

const log = logOf('host')

/** Questions within the time after which silence means death. */
const BEATS = 6

/**
 * Asks the server for a sign of life again and again, and cuts the connection once it has been silent for too long.
 * It does not keep the program alive, as ssh2's own keepalive does. The question is one that every server has to
 * answer, with a refusal: to end a forwarding that there is not.
 */
export function keepWatch(client: Client, stream: Duplex, silenceMs: number): void {
  let heard = Date.now()
  stream.on('data', () => {
    heard = Date.now()
  })
  const timer = setInterval(() => {
    if (Date.now() - heard > silenceMs) {
      log('silent for %d ms', silenceMs)
      stream.destroy()
      return
    }
    try {
      client.unforwardIn('127.0.0.1', 1, () => {})
    } catch {
      // it is not connected any more: its end is told elsewhere
    }
  }, silenceMs / BEATS).unref()
  client.once('close', () => clearInterval(timer))
}
