import { Readable } from 'node:stream'
import {
  ask,
  below,
  type Command,
  type CommandMaker,
  change,
  type Scope,
  userName,
  type Word,
} from '../command/command.js'
import type { CommandResult } from '../command/result.js'
import type { Script } from '../command/script.js'
import { Scrubber } from '../command/scrubber.js'
import type { Secret } from '../command/secret.js'
import { streamStart } from '../command/shell.js'
import { failureOf } from '../errors/sudo-error.js'
import type { Connection, HostProcess, OutputListener, PerformOptions } from './connection.js'
import { runFed } from './fed-process.js'
import { Files } from './files/files.js'
import type { LocalOptions, SshOptions } from './host-options.js'
import { HostShell } from './host-shell.js'
import { type CallLimits, unlessAborted, Watch } from './limits.js'
import { type Lending, Loan } from './loan.js'
import { LocalConnection } from './local-connection.js'
import { type RunningCommand, running } from './running-command.js'
import { SshConnection } from './ssh/ssh-connection.js'
import { startStream } from './stream-start.js'
import type { TransferOptions, TransferResult } from './transfer/transfer-options.js'

/** What every acting call accepts. */
export interface CallOptions extends CallLimits {
  /** Gets output while it is printed. */
  readonly onOutput?: OutputListener | undefined
}

/** Runs one command, out of a template whose values are quoted, or out of an argument vector. */
export type CommandRunner = {
  (template: TemplateStringsArray, ...values: readonly Word[]): RunningCommand
  (argv: readonly (string | number | Secret)[]): RunningCommand
}

/** What all scoped copies of a host share. */
export interface Shared {
  readonly connection: Connection
  readonly shell: HostShell
  /** The secrets of all commands so far: no command prints them, neither one that got them nor another. */
  readonly scrubber: Scrubber
  /** Counts what is run, of all sessions of a host. */
  readonly uses: { count: number }
  readonly lending: Lending
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
  static local(options: LocalOptions = {}): Host {
    return Host.over(new LocalConnection(options))
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
    return new Host(Host.sharing(connection), {}, {})
  }

  /** @internal What a host and its copies have in common, while nobody has used it. */
  protected static sharing(connection: Connection): Shared {
    return {
      connection,
      shell: new HostShell(connection),
      uses: { count: 0 },
      lending: { count: 0, connectsBefore: 0 },
      scrubber: new Scrubber(),
    }
  }

  /** The host as it was named: `deploy@web1.example.org`, `local (mybox)`. */
  get name(): string {
    return this.#shared.connection.name
  }

  /** @internal True if a round trip takes time. */
  get isRemote(): boolean {
    return this.#shared.connection.isRemote ?? false
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

  /**
   * A copy that runs commands as another user, through `sudo -n`.
   *
   * @throws {@link OptionError} for what cannot be the name of a user
   */
  as(user: string): Host {
    return new Host(this.#shared, { ...this.#scope, user: userName(user) }, this.#limits)
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
    return new Host(
      { ...this.#shared, shell: new HostShell(this.#shared.connection) },
      this.#scope,
      this.#limits,
    )
  }

  /** @internal The host for a piece of work that hangs up afterwards, but not on others who have it, too. */
  lend(): Loan {
    return new Loan(this, this.ownSession(), this.#shared.lending)
  }

  /**
   * Runs one command that may change something.
   *
   * @example
   * ```ts
   * const { stdout } = await host.run`./manage.py migrate --plan`
   * for await (const line of host.run`tail -n 100 -f ${log}`) console.log(line)
   * ```
   * @throws {@link CommandError} when it fails; `SudoError` when sudo would not run it
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
      const failure = failureOf(last)
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

  /** The host's files, in its directory and as its user. */
  get files(): Files {
    return new Files(this)
  }

  /**
   * Brings a file or a directory tree of this machine to the host, into its directory and as its user. Missing
   * directories are made. Each file arrives beside and is renamed, a new tree as a whole: whatever happens, no
   * half file stands under a final name. A link at the top is followed, those in a tree stay links.
   *
   * Runs `rsync --server` where both sides have rsync, else `tar`, over the connection of the host.
   *
   * @param local - relative to the working directory of this program
   * @param remote - the final name, not the directory to put it in
   * @throws {@link TransferError} when it cannot be done, or the local file changes meanwhile
   * @throws {@link ConnectionError} when the host cannot be reached, or is lost meanwhile
   * @throws {@link CancelledError} when the signal is aborted or the time is up
   * @throws {@link OptionError} when an option cannot be used
   * @example
   * ```ts
   * await host.within('/srv/app').upload('dist', 'public', { delete: true, exclude: ['*.map'] })
   * ```
   */
  async upload(local: string, remote: string, options: TransferOptions = {}): Promise<TransferResult> {
    const { upload } = await import('./transfer/transfers.js')
    return upload(this.#transferPlace(), local, remote, { ...this.#limits, ...options })
  }

  /**
   * Brings a file or a directory tree of the host to this machine; else like {@link Host.upload}. Nothing is
   * written outside `local`, whatever the host sends.
   *
   * @param remote - in the host's directory
   * @param local - the final name, relative to the working directory of this program
   * @throws {@link TransferError} when it cannot be done, or the host sends what nobody asked for
   * @throws {@link ConnectionError} when the host cannot be reached, or is lost meanwhile
   * @throws {@link CancelledError} when the signal is aborted or the time is up
   * @throws {@link OptionError} when an option cannot be used
   * @example
   * ```ts
   * await host.download('/srv/app/uploads', 'backup/uploads', { delete: true })
   * ```
   */
  async download(remote: string, local: string, options: TransferOptions = {}): Promise<TransferResult> {
    const { download } = await import('./transfer/transfers.js')
    return download(this.#transferPlace(), remote, local, { ...this.#limits, ...options })
  }

  /** @internal Starts a command in a process of its own, beside the session: for data that streams. */
  async spawn(command: Command): Promise<HostProcess> {
    this.#shared.uses.count += 1
    const ready = await this.#readyFor(command)
    return startStream(this.#shared.connection, options => streamStart(ready, options))
  }

  /** What the host runs by itself, without input and output, should the controller die or fall silent. */
  async guardWith(commands: readonly Command[]): Promise<void> {
    const shell = await this.#shared.shell.get()
    shell.guard(this.#scoped(commands))
  }

  /** Round trips made so far by this host and its scoped copies. */
  roundTrips(): Promise<number> {
    return this.#shared.shell.roundTrips()
  }

  /** @internal True if the shell is lost by which something was held, such as a lock. */
  isLost(): Promise<boolean> {
    return this.#shared.shell.isLost()
  }

  /** Ends this copy's shell; the connection stays. */
  closeSession(): Promise<void> {
    return this.#shared.shell.end()
  }

  /**
   * Ends the shell and the connection, once what runs has ended; if it is still being connected, at once. A later
   * command connects again.
   */
  close(): Promise<void> {
    return this.#shared.shell.hangUp()
  }

  /** The same as {@link Host.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #transferPlace() {
    const { connection } = this.#shared
    // SFTP knows nothing of sudo
    const openFiles = this.#scope.user === undefined && connection.sftp?.bind(connection)
    return { host: this, openFiles: openFiles || undefined }
  }

  /** The command in its scope; whether sudo asks for a password is found out in a session. */
  async #readyFor(command: Command): Promise<Command> {
    await this.#shared.shell.ready()
    return command.within(this.#scope)
  }

  #runner(make: CommandMaker): CommandRunner {
    return (...parts: Parameters<CommandMaker>) => running(options => this.#one(make(...parts), options))
  }

  async #one(command: Command, options: CallOptions): Promise<CommandResult> {
    const [result] = await this.runAll([command], options)
    if (!result) throw new Error('a command without a result')
    return result
  }

  #scoped(commands: readonly Command[]): readonly Command[] {
    return commands.map(command => command.within(this.#scope))
  }

  async #send(commands: readonly Command[], options: SendOptions): Promise<readonly CommandResult[]> {
    const { onResult, labels } = options
    const { scrubber } = this.#shared
    const guards = new Map([...(options.guards ?? [])].map(([at, guard]) => [at, this.#scoped(guard)]))
    const what = `run "${commands[0]?.toString().trim().split('\n', 1)[0]}"`
    using watch = new Watch(options, what, this.name)
    const onOutput: OutputListener = (...said) => {
      watch.heard()
      return options.onOutput?.(...said)
    }
    for (const command of [...commands, ...[...guards.values()].flat()]) scrubber.learn(command.secrets)
    watch.throwIfAborted()
    const { signal } = watch
    try {
      const settings = { onOutput, onResult, guards, labels, scrubber, signal, onBegin: () => watch.begin() }
      const results = await this.#deliver(commands, settings)
      if (results.at(-1)?.ok !== true) watch.throwIfAborted()
      return results
    } catch (error) {
      throw error === signal.reason ? watch.error : error
    }
  }

  /** By the session; a single command that reads a stream gets a process of its own. */
  async #deliver(commands: readonly Command[], options: PerformOptions): Promise<readonly CommandResult[]> {
    const [command] = commands
    const stdin = command?.parts.stdin
    if (command && commands.length === 1 && stdin instanceof Readable) {
      await this.#shared.shell.ready()
      const result = await runFed(this.#shared.connection, command, stdin, options)
      options.onResult?.(result, 0)
      return [result]
    }
    const shell = await unlessAborted(this.#shared.shell.get(), options.signal)
    if (commands.some(({ parts }) => parts.inSession)) this.#shared.shell.hold(shell)
    return shell.perform(commands, options)
  }
}
