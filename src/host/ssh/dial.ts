import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { ConnectionError } from '../../errors/connection-error.js'
import type { DyeError } from '../../errors/dye-error.js'
import type { HostKeyError } from '../../errors/host-key-error.js'
import { HostKeyCheck } from './host-key-check.js'
import { hostKeyAlgorithms } from './known-hosts.js'
import { type Asked, loginOf } from './login.js'
import { keepWatch } from './pulse.js'
import type { SshSettings } from './settings.js'

/** A connection to a server, over none or more others. */
export interface Dialled {
  readonly client: Client
  /** The socket below it all. */
  readonly socket: Socket
  /** Ends it, with all that it goes over. */
  end(): void
}

const PASSING = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'EAI_AGAIN',
]

function failed(settings: SshSettings, why: string, cause?: unknown): ConnectionError {
  return new ConnectionError('CONNECT_FAILED', { what: 'connect', host: settings.name, why, cause })
}

/** True for a failure that may go away by itself: nothing has been refused, and no password was tried. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof ConnectionError) || error.code !== 'CONNECT_FAILED') return false
  const { cause } = error
  if (!(cause instanceof Error)) return false
  if ('code' in cause && PASSING.includes(String(cause.code))) return true
  return /before handshake|closed before|ended before/i.test(cause.message) // no slot was free for a log-in
}

/** Opens a socket. Without Nagle's algorithm: its waits cost two round trips in the handshake alone. */
async function openSocket(settings: SshSettings, signal: AbortSignal): Promise<Socket> {
  const { address: host, port, connectTimeoutMs } = settings
  const socket = connect({ host, port, noDelay: true })
  const limit = AbortSignal.timeout(connectTimeoutMs)
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([limit, signal]) })
    socket.on('error', () => {}) // while nobody else listens, it would end this program
    return socket
  } catch (error) {
    socket.destroy()
    if (limit.aborted) throw failed(settings, `no answer within ${connectTimeoutMs} ms`)
    throw failed(settings, error instanceof Error ? error.message : String(error), error)
  }
}

/** Throws if a stream is over already: who begins to listen then hears nothing any more. */
function refuseEnded(sock: Duplex, settings: SshSettings): void {
  if (!sock.destroyed && !sock.readableEnded) return
  const why = sock.errored ?? new Error('the server closed before the handshake')
  throw failed(settings, why.message, why)
}

/** A way through a server that we are connected to. */
async function openThrough({ client }: Dialled, settings: SshSettings): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, settings.address, settings.port, (error, channel) => {
      if (error) reject(failed(settings, `the server before it could not reach it: ${error.message}`))
      else resolve(channel)
    })
  })
}

/**
 * Goes all the way to a server; each one is checked and logged in to like the first.
 *
 * @param signal - breaks it off, and the connection that came of it, too
 */
export async function dial(
  way: readonly SshSettings[],
  asked: ReadonlyMap<SshSettings, Asked>,
  signal: AbortSignal,
): Promise<Dialled> {
  const [first] = way
  if (!first) throw new Error('a way without an end')
  let reached: Dialled | undefined
  const socket = await openSocket(first, signal)
  const cut = () => socket.destroy()
  signal.addEventListener('abort', cut, { once: true })
  try {
    for (const settings of way)
      reached = await leg(settings, { socket, before: reached }, asked.get(settings))
    if (!reached) throw new Error('nothing was reached')
    return reached
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', cut)
  }
}

async function leg(
  settings: SshSettings,
  { socket, before }: { readonly socket: Socket; readonly before: Dialled | undefined },
  asked: Asked | undefined,
): Promise<Dialled> {
  if (!asked) throw new Error('nobody to ask')
  const check = await HostKeyCheck.of(settings)
  const { methods, offered } = await loginOf(settings, asked)
  const sock = before ? await openThrough(before, settings) : socket
  const { NodeSSH } = await import('node-ssh')
  const ssh = new NodeSSH()
  let refused: HostKeyError | Error | undefined
  refuseEnded(sock, settings)
  try {
    await ssh.connect({
      sock: sock as never,
      username: settings.user,
      authHandler: [...methods] as never,
      algorithms: { serverHostKey: hostKeyAlgorithms(check.known) as never },
      hostVerifier: (key: Buffer, verify: (isGood: boolean) => void) => {
        check.refusal(key).then(
          refusal => {
            refused = refusal
            verify(refusal === undefined)
          },
          error => {
            refused = error
            verify(false)
          },
        )
      },
      ...(settings.forwardAgent && settings.agent && { agent: settings.agent, agentForward: true }),
      readyTimeout: settings.connectTimeoutMs,
    })
  } catch (error) {
    sock.destroy()
    throw refused ?? explained(error, settings, offered)
  }
  const client = ssh.connection
  if (!client) throw failed(settings, 'the connection closed at once')
  client.setMaxListeners(0)
  keepWatch(client, sock, settings.keepaliveMs)
  const end = () => {
    client.end()
    before?.end()
  }
  return { client, socket, end }
}

function explained(error: unknown, settings: SshSettings, offered: readonly string[]): DyeError {
  const message = error instanceof Error ? error.message : String(error)
  const level = error instanceof Error && 'level' in error ? error.level : undefined
  if (level !== 'client-authentication') return failed(settings, message, error)
  return new ConnectionError('LOGIN_FAILED', {
    what: `log in as ${settings.user}`,
    host: settings.name,
    why:
      offered.length > 0
        ? `the server accepts none of what it was offered: ${offered.join(', ')}`
        : 'there was nothing to offer',
    remedy: 'name a private key (identityFile), start an SSH agent, or give a password.',
  })
}
