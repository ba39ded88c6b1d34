import { once } from 'node:events'
import type { Client, ClientChannel } from 'ssh2'
import { ConnectionError } from '../../errors/connection-error.js'
import { logOf } from '../../support/log.js'
import { retry } from '../../support/retry.js'
import type { Connection, FileChannel, HostProcess, ProcessEnd, Shell } from '../connection.js'
import { parseTarget, type SshOptions } from '../host-options.js'
import { Session } from '../session.js'
import { SudoPassword } from '../sudo.js'
import { type Dialled, dial, mayPass } from './dial.js'
import { Asked } from './login.js'
import { type SshSettings, wayTo } from './settings.js'
import { SftpChannel } from './sftp-channel.js'

const log = logOf('host')

/** How often it is tried to connect after the first time, and after how long. */
const RETRIES = 3
const FIRST_DELAY_MS = 500

/** A connection that is made, and how many channels it has, and may have. */
interface Line {
  readonly dialled: Dialled
  channels: number
  limit: number
}

/**
 * A server over SSH: connects at the first use, and stays connected until it is closed or lost. When the server
 * allows no more sessions on one connection, another one is made.
 */
export class SshConnection implements Connection {
  readonly sudo: SudoPassword | undefined
  readonly #options: SshOptions
  readonly #asked = new Map<SshSettings, Asked>()
  #way: readonly SshSettings[] | undefined
  #lines: Line[] = []
  #connecting: Promise<Line> | undefined
  #refused: ConnectionError | undefined
  #held = 0
  #closed = new AbortController()
  readonly isRemote = true
  connects = 0

  constructor(
    readonly name: string,
    options: SshOptions,
  ) {
    parseTarget(name)
    this.#options = options
    this.sudo = options.sudoPassword === undefined ? undefined : new SudoPassword(options.sudoPassword)
  }

  openShell(): Promise<Shell> {
    return Session.open(this)
  }

  async spawn(command: string): Promise<HostProcess> {
    this.#hold(1)
    try {
      return await this.#spawn(command)
    } finally {
      this.#hold(-1)
    }
  }

  async sftp(): Promise<FileChannel> {
    this.#hold(1)
    try {
      const { dialled } = this.#lines[0] ?? (await this.#connected())
      return await new Promise((resolve, reject) => {
        dialled.client.sftp((error, sftp) => {
          if (error) reject(this.#failed(error))
          else resolve(new SftpChannel(sftp))
        })
      })
    } finally {
      this.#hold(-1)
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#closed = new AbortController()
    if (this.#connecting) await this.#connecting.catch(() => undefined)
    const lines = this.#lines
    this.#lines = []
    this.#refused = undefined
    await Promise.all(lines.map(({ dialled }) => farewell(dialled)))
  }

  async #spawn(command: string): Promise<HostProcess> {
    const free = this.#lines.find(({ channels, limit }) => channels < limit)
    const line = free ?? (await this.#connected())
    line.channels += 1
    try {
      const channel = await open(line.dialled.client, command)
      return this.#processOf(channel, line)
    } catch (error) {
      line.channels -= 1
      if (!(error instanceof Error) || !this.#lines.includes(line)) throw this.#failed(error)
      if (line.channels === 0) throw this.#failed(error)
      line.limit = line.channels // MaxSessions of the server, as it turns out
      log('%s: %d sessions are all that it allows', this.name, line.limit)
      return this.#spawn(command)
    }
  }

  #processOf(channel: ClientChannel, line: Line): HostProcess {
    const { client } = line.dialled
    let end: ProcessEnd = { exitCode: undefined, signal: undefined }
    let isHeld = false
    const hold = (on: boolean) => {
      if (isHeld !== on) this.#hold(on ? 1 : -1)
      isHeld = on
    }
    const ended = new Promise<ProcessEnd>(settle => {
      const over = () => {
        client.off('close', over) // many processes share a connection
        settle(end)
      }
      channel.once('close', over)
      client.once('close', over)
    })
    const exited = new Promise<ProcessEnd>(settle => {
      channel.on('exit', (exitCode: number | null, signal?: string) => {
        end = { exitCode: exitCode ?? undefined, signal }
        settle(end)
      })
      void ended.then(settle)
    })
    hold(true)
    void ended.then(() => {
      hold(false)
      line.channels -= 1
      if (line.channels === 0 && line !== this.#lines[0]) line.dialled.end() // it was for the rush only
    })
    channel.on('error', () => {}) // `ended` tells
    const abandon = () => channel.close()
    return { stdin: channel, stdout: channel, stderr: channel.stderr, exited, ended, abandon, hold }
  }

  /** Counts what must keep this program from ending by itself. */
  #hold(change: 1 | -1): void {
    this.#held += change
    for (const { dialled } of this.#lines) this.#held > 0 ? dialled.socket.ref() : dialled.socket.unref()
  }

  #connected(): Promise<Line> {
    if (this.#refused) return Promise.reject(this.#refused) // nothing is offered a second time
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #connect(): Promise<Line> {
    this.#way ??= await wayTo(this.name, this.#options)
    for (const settings of this.#way) if (!this.#asked.has(settings)) this.#asked.set(settings, new Asked())
    const way = this.#way
    const { signal } = this.#closed
    const policy = { retries: RETRIES, firstDelayMs: FIRST_DELAY_MS, mayPass, signal }
    try {
      const dialled = await retry(() => dial(way, this.#asked, signal), policy)
      return this.#welcome(dialled)
    } catch (error) {
      if (signal.aborted) throw this.#failed(new Error('the host was closed'))
      if (error instanceof ConnectionError && error.code === 'LOGIN_FAILED') this.#refused = error
      throw error
    }
  }

  #welcome(dialled: Dialled): Line {
    const line = { dialled, channels: 0, limit: Number.POSITIVE_INFINITY }
    dialled.client.on('error', (error: Error) => log('%s: %s', this.name, error.message))
    dialled.client.once('close', () => {
      this.#lines = this.#lines.filter(each => each !== line)
    })
    this.#lines.push(line)
    this.connects += 1
    log('%s: connected', this.name)
    return line
  }

  #failed(error: unknown): ConnectionError {
    const why = error instanceof Error ? error.message : String(error)
    return new ConnectionError('CONNECT_FAILED', { what: 'open a channel', host: this.name, why })
  }
}

/** Ends a connection. Once all is sent, nobody needs to wait for the answer. */
async function farewell({ client, socket, end }: Dialled): Promise<void> {
  if (socket.destroyed) return
  socket.ref()
  const sent = Promise.race([once(socket, 'finish'), once(client, 'close')]).catch(() => {})
  end()
  await sent
  socket.unref()
}

function open(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(new Error('the connection was lost'))
    client.once('close', lost)
    client.exec(command, (error, channel) => {
      client.off('close', lost)
      error ? reject(error) : resolve(channel)
    })
  })
}
