import { ConnectionError } from '../errors/connection-error.js'
import type { Connection, Shell } from './connection.js'

/** The shell of a host: opened when it is needed, and anew if it is lost, unless something was held by it. */
export class HostShell {
  #opened: Promise<Shell> | undefined
  /** A shell that something is held by, such as a lock: another one cannot stand in for it. */
  #holder: Shell | undefined
  #isOpening = false
  #closedRoundTrips = 0

  constructor(private readonly connection: Connection) {}

  /**
   * The shell; a new one if there is none that is alive.
   *
   * @throws {@link ConnectionError} when it cannot be opened, or that is lost by which something was held
   */
  async get(): Promise<Shell> {
    const current = await this.#current()
    if (current?.alive) return current
    this.#opened = this.#open()
    return this.#opened
  }

  /** Makes sure, for a process beside the shell, that sudo is prepared and nothing that was held is lost. */
  async ready(): Promise<void> {
    await (this.connection.sudo ? this.get() : this.#current())
  }

  /** From now on something is held by a shell. */
  hold(shell: Shell): void {
    this.#holder = shell
  }

  /** True if that is lost by which something was held. */
  async isLost(): Promise<boolean> {
    const current = await this.#opened?.catch(() => undefined)
    return current !== undefined && current === this.#holder && !current.alive
  }

  /** Round trips of all its shells. */
  async roundTrips(): Promise<number> {
    const current = await this.#opened?.catch(() => undefined)
    return this.#closedRoundTrips + (current?.roundTrips ?? 0)
  }

  /** Ends the shell; the connection stays. */
  async end(): Promise<void> {
    const current = await this.#opened?.catch(() => undefined)
    this.#opened = undefined
    await current?.close()
    this.#closedRoundTrips += current?.roundTrips ?? 0
  }

  /** Ends the shell and the connection; if it is still being connected, at once. */
  async hangUp(): Promise<void> {
    const { connection } = this
    await Promise.all([this.end(), ...(this.#isOpening ? [connection.close()] : [])])
    await connection.close()
  }

  async #current(): Promise<Shell | undefined> {
    if (!(await this.isLost())) return this.#opened?.catch(() => undefined)
    throw new ConnectionError('CONNECTION_LOST', {
      what: 'run a command, which was not sent',
      host: this.connection.name,
      why: 'the connection was lost, and with it the lock that it was to run under',
      remedy: 'run the deploy again: it finds out how far this one came.',
      mayHaveRun: false,
    })
  }

  async #open(): Promise<Shell> {
    this.#isOpening = true
    const shell = await this.connection.openShell().finally(() => {
      this.#isOpening = false
    })
    try {
      await this.connection.sudo?.prepare(shell)
      return shell
    } catch (error) {
      await shell.close()
      throw error
    }
  }
}
