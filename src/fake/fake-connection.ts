import type { Command } from '../command/command.js'
import { CommandResult } from '../command/result.js'
import { ConnectionError } from '../errors/connection-error.js'
import { DyeError } from '../errors/dye-error.js'
import type { Connection, PerformOptions, Shell } from '../host/connection.js'
import { type CommandPattern, type FakeAnswer, matches, type Said, said, saidBy } from './answers.js'
import { Faults } from './faults.js'
import { unexpected } from './unexpected.js'

/** Exit code of what was ended by SIGTERM. */
const TERMINATED = 143

/** What runs the commands of one shell that nobody prepared an answer for. */
export interface FakeSession {
  run(command: Command): Said
  /** The controller is gone: what it should do then is done, and the shell ends. */
  abandon(guard: readonly Command[]): void
  close(): void
}

/** Waits, unless a signal is aborted before. */
function waited(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** A connection to nowhere: prepared answers first, then a session, if there is one. */
export class FakeConnection implements Connection {
  readonly answers: (readonly [CommandPattern, FakeAnswer])[] = []
  readonly transcript: string[] = []
  readonly faults = new Faults()
  #connects = 0
  #isOpen = false
  /** Begins to run what nobody prepared an answer for; without it, that fails. */
  openSession: (() => FakeSession) | undefined

  constructor(readonly name: string) {}

  get isRemote(): boolean {
    return this.openSession !== undefined
  }

  get connects(): number {
    return this.#connects
  }

  async spawn(): Promise<never> {
    throw new DyeError('NOT_FAKED', {
      what: 'stream data',
      host: this.name,
      why: 'a fake host has no processes',
    })
  }

  async openShell(): Promise<Shell> {
    if (this.openSession && !this.#isOpen) this.#connects += 1
    this.#isOpen = true
    return new FakeShell(this, this.openSession?.())
  }

  async close(): Promise<void> {
    this.#isOpen = false
  }

  /** What is said to a command. */
  answerTo(command: Command, session: FakeSession | undefined): Said {
    const prepared = this.answers.findLast(([pattern]) => matches(pattern, command))
    if (prepared) return saidBy(prepared[1], command)
    if (session) return session.run(command)
    throw unexpected(
      `answer the command "${command.toString().trim()}" on ${this.name}`,
      'no answer was prepared for it',
      'prepare one: host.answer(pattern, answer).',
    )
  }
}

class FakeShell implements Shell {
  roundTrips = 0
  alive = true
  #guard: readonly Command[] = []
  #queue: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly connection: FakeConnection,
    private readonly session: FakeSession | undefined,
  ) {}

  perform(commands: readonly Command[], options: PerformOptions = {}): Promise<readonly CommandResult[]> {
    const turn = this.#queue.then(() => this.#batch(commands, options))
    this.#queue = turn.catch(() => {})
    return turn
  }

  guard(commands: readonly Command[]): void {
    this.#guard = commands
  }

  async close(): Promise<void> {
    await this.#queue
    if (this.alive) this.session?.close()
    this.alive = false
  }

  async #batch(commands: readonly Command[], options: PerformOptions): Promise<readonly CommandResult[]> {
    if (!this.alive) throw this.#lost(false)
    options.signal?.throwIfAborted()
    options.onBegin?.()
    this.roundTrips += 1
    const results: CommandResult[] = []
    let step: string | undefined
    for (const [index, command] of commands.entries()) {
      step = options.labels?.get(index) ?? step
      this.#guard = options.guards?.get(index) ?? this.#guard
      const answer = await this.#answer(command, step, options)
      if (this.connection.faults.dropsAfter(command, step)) throw this.#drop()
      const result = this.#resultOf(command, answer, options, index)
      results.push(result)
      options.onResult?.(result, index)
      if (!command.goesOnAfter(result.exitCode)) break
    }
    return results
  }

  async #answer(command: Command, step: string | undefined, { signal }: PerformOptions): Promise<Said> {
    this.connection.transcript.push(command.toString())
    const { failure, delay } = this.connection.faults.before(command, step)
    if (delay > 0) await waited(delay, signal)
    if (signal?.aborted) return said(TERMINATED, '', '')
    return failure ?? this.connection.answerTo(command, this.session)
  }

  #resultOf(command: Command, answer: Said, options: PerformOptions, index: number): CommandResult {
    const { exitCode } = answer
    const clean = (bytes: Buffer) =>
      command.parts.isData ? bytes : (options.scrubber?.clean(bytes) ?? bytes)
    const [stdout, stderr] = [clean(answer.stdout), clean(answer.stderr)]
    if (stdout.length > 0) void options.onOutput?.('stdout', stdout, command, index)
    if (stderr.length > 0) void options.onOutput?.('stderr', stderr, command, index)
    return new CommandResult({
      command: command.toString(),
      host: this.connection.name,
      exitCode,
      signal: exitCode === TERMINATED ? 'SIGTERM' : undefined,
      stdoutBytes: stdout,
      stderrBytes: stderr,
      durationMs: 0,
    })
  }

  #drop(): ConnectionError {
    this.alive = false
    this.session?.abandon(this.#guard)
    void this.connection.close()
    return this.#lost(true)
  }

  #lost(mayHaveRun: boolean): ConnectionError {
    return new ConnectionError('CONNECTION_LOST', {
      what: mayHaveRun ? 'finish what was running' : 'run a command, which was not sent',
      host: this.connection.name,
      why: 'the connection was lost',
      remedy: 'run the deploy again: it finds out how far this one came.',
      mayHaveRun,
    })
  }
}
