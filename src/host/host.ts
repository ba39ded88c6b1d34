import {
  ask,
  below,
  type Command,
  type CommandMaker,
  change,
  type Scope,
  type Word,
} from '../command/command.js'
import type { CommandResult } from '../command/result.js'
import type { Script } from '../command/script.js'
import type { Secret } from '../command/secret.js'
import { streamStart } from '../command/shell.js'
import { CancelledError } from '../errors/cancelled-error.js'
import { CommandError } from '../errors/command-error.js'
import type { Connection, HostProcess, OutputListener, PerformOptions, Shell } from './connection.js'
import type { SshOptions } from './host-options.js'
import { LocalConnection } from './local-connection.js'
import { SshConnection } from './ssh-connection.js'

/** What every acting call accepts. */
export interface CallOptions {
  /** Aborting it stops what runs on the host, then rejects with {@link CancelledError}. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds after which the same happens. @defaultValue none */
  readonly timeout?: number | undefined
  /** Gets output while it is printed. */
  readonly onOutput?: OutputListener | undefined
}

/** Runs one command, out of a template whose values are quoted, or out of an argument vector. */
export type CommandRunner = {
  (template: TemplateStringsArray, ...values: readonly Word[]): Promise<CommandResult>
  (argv: readonly (string | number | Secret)[]): Promise<CommandResult>
}

/** What all scoped copies of a host share. */
export interface Shared {
  readonly connection: Connection
  session: Promise<Shell> | undefined
  closedRoundTrips: number
  /** Counts what is run, of all sessions of a host. */
  readonly uses: { count: number }
}

/** @internal How a batch of commands is sent. */
export interface SendOptions extends CallOptions, Omit<PerformOptions, 'signal'> {}

/**
 * A machine that commands can be run on: this one, or a server over SSH.
 *
 * It connects at the first command. Scoped copies ({@link Host.within}, {@link Host.as}, {@link Host.withEnv})
 * share one connection; close it with {@link Host.close} or `await using`.
 *
 * @example
 * ```ts
 * await using web1 = Host.ssh('deploy@web1.example.org')
 * const { stdout } = await web1.within('/srv/app').ask`git log -1 --format=%H`
 * ```
 */
export class Host implements AsyncDisposable {
  readonly #shared: Shared
  readonly #scope: Scope
  readonly #limits: CallOptions

  /** @internal */
  protected constructor(shared: Shared, scope: Scope, limits: CallOptions) {
    this.#shared = shared
    this.#scope = Object.freeze(scope)
    this.#limits = limits
  }

  /** This machine. Commands run as the user who runs this program, in its working directory. */
  static local(): Host {
    return Host.over(new LocalConnection())
  }

  /**
   * A server over SSH. Its key must be in known_hosts.
   *
   * @param target - `host`, `user@host` or `user@host:port`; an IPv6 address stands in brackets
   * @throws {@link OptionError} when the target is not of that form
   */
  static ssh(target: string, options: SshOptions = {}): Host {
    return Host.over(new SshConnection(target, options))
  }

  /** A host over a connection of your own. */
  static over(connection: Connection): Host {
    return new Host({ connection, session: undefined, closedRoundTrips: 0, uses: { count: 0 } }, {}, {})
  }

  /** The host as it was named: `deploy@web1.example.org`, `local (mybox)`. */
  get name(): string {
    return this.#shared.connection.name
  }

  /** SSH connections made so far by this host and all its copies. */
  get connects(): number {
    return this.#shared.connection.connects
  }

  /** A copy that runs commands in a directory; a relative one is below the one before. */
  within(directory: string): Host {
    const cwd = below(this.#scope.cwd, directory)
    return new Host(this.#shared, { ...this.#scope, cwd }, this.#limits)
  }

  /** A copy that runs commands as another user, through `sudo -n`. */
  as(user: string): Host {
    return new Host(this.#shared, { ...this.#scope, user }, this.#limits)
  }

  /** A copy that runs commands as root, through `sudo -n`. */
  asRoot(): Host {
    return this.as('root')
  }

  /** A copy that runs commands with more environment variables. */
  withEnv(env: Readonly<Record<string, string | Secret>>): Host {
    return new Host(this.#shared, { ...this.#scope, env: { ...this.#scope.env, ...env } }, this.#limits)
  }

  /** A copy whose calls all have these limits. */
  limitedBy(limits: CallOptions): Host {
    return new Host(this.#shared, this.#scope, { ...this.#limits, ...limits })
  }

  /**
   * A copy with a shell of its own on the same connection. What it holds (a lock) it holds until it is
   * closed, and every command that runs through it inherits that.
   */
  ownSession(): Host {
    const { connection, uses } = this.#shared
    const shared = { connection, uses, session: undefined, closedRoundTrips: 0 }
    return new Host(shared, this.#scope, this.#limits)
  }

  /**
   * Runs one command that may change something.
   *
   * @throws {@link CommandError} when it fails
   * @throws {@link ConnectionError} when the host cannot be reached, or is lost meanwhile
   */
  get run(): CommandRunner {
    return this.#runner(change)
  }

  /** Runs one command that only reads; else like {@link Host.run}. */
  get ask(): CommandRunner {
    return this.#runner(ask)
  }

  /**
   * Runs commands in one round trip, in order; the first that fails ends it.
   *
   * @returns one result for each command
   * @throws {@link CommandError} for the one that failed
   */
  async runAll(commands: readonly Command[], options: CallOptions = {}): Promise<readonly CommandResult[]> {
    return this.perform({ commands, read: results => results }, options)
  }

  /** Runs a {@link Script} in one round trip and reads its results. */
  async perform<T>(script: Script<T>, options: CallOptions = {}): Promise<T> {
    const results = await this.send(script.commands, options)
    const index = results.length - 1
    const last = results[index]
    if (last && script.commands[index]?.isGood(last.exitCode) === false) {
      const failure = new CommandError(last)
      throw script.explain?.(failure, index) ?? failure
    }
    return script.read(results)
  }

  /** @internal Runs commands in one round trip until one fails, and leaves it to the caller to judge the results. */
  async send(commands: readonly Command[], options: SendOptions = {}): Promise<readonly CommandResult[]> {
    this.#shared.uses.count += 1
    return this.#send(this.#scoped(commands), { ...this.#limits, ...options })
  }

  /** @internal Changes whenever something is run on the host, by whichever copy. */
  get uses(): number {
    return this.#shared.uses.count
  }

  /** @internal Starts a command in a process of its own, beside the session: for data that streams. */
  async spawn(command: Command): Promise<HostProcess> {
    this.#shared.uses.count += 1
    const { line, script } = streamStart(command.within(this.#scope))
    const started = await this.#shared.connection.spawn(line)
    started.stdin.write(script)
    return started
  }

  /** What the host runs by itself, without input and output, should the controller die or fall silent. */
  async guardWith(commands: readonly Command[]): Promise<void> {
    const session = await this.#session()
    session.guard(this.#scoped(commands))
  }

  /** Round trips made so far by this host and its scoped copies. */
  async roundTrips(): Promise<number> {
    return this.#shared.closedRoundTrips + ((await this.#shared.session)?.roundTrips ?? 0)
  }

  /** Ends this copy's shell; the connection stays. */
  async closeSession(): Promise<void> {
    const session = await this.#shared.session?.catch(() => undefined)
    this.#shared.session = undefined
    await session?.close()
    this.#shared.closedRoundTrips += session?.roundTrips ?? 0
  }

  /** Ends the shell and the connection; a later command connects again. */
  async close(): Promise<void> {
    await this.closeSession()
    await this.#shared.connection.close()
  }

  /** The same as {@link Host.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #session(): Promise<Shell> {
    const current = await this.#shared.session?.catch(() => undefined)
    if (current?.alive) return current
    this.#shared.session = this.#shared.connection.openShell()
    return this.#shared.session
  }

  #runner(make: CommandMaker): CommandRunner {
    return async (...parts: Parameters<CommandMaker>) => {
      const [result] = await this.runAll([make(...parts)])
      if (!result) throw new Error('a command without a result')
      return result
    }
  }

  #scoped(commands: readonly Command[]): readonly Command[] {
    return commands.map(command => command.within(this.#scope))
  }

  async #send(commands: readonly Command[], options: SendOptions): Promise<readonly CommandResult[]> {
    const { signal, timeout, onOutput, onResult } = options
    const guards = new Map([...(options.guards ?? [])].map(([at, guard]) => [at, this.#scoped(guard)]))
    const limit = timeout === undefined ? undefined : AbortSignal.timeout(timeout)
    const stop = AbortSignal.any([signal, limit].filter(each => each !== undefined))
    const cancelled = () => {
      const what = `run "${commands[0]?.toString().trim().split('\n', 1)[0]}"`
      return limit?.aborted
        ? new CancelledError('TIMED_OUT', what, this.name, `it took longer than ${timeout} ms`)
        : new CancelledError('CANCELLED', what, this.name, 'it was cancelled')
    }
    if (stop.aborted) throw cancelled()
    const session = await this.#session()
    const results = await session
      .perform(commands, { onOutput, onResult, guards, signal: stop })
      .catch(error => {
        throw error === stop.reason ? cancelled() : error
      })
    if (stop.aborted && results.at(-1)?.ok !== true) throw cancelled()
    return results
  }
}
