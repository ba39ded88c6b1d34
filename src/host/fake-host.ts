import type { Command } from '../command/command.js'
import { CommandResult } from '../command/result.js'
import { DyeError } from '../errors/dye-error.js'
import type { Connection, PerformOptions, Shell } from './connection.js'
import { Host } from './host.js'

/** Which commands an answer is for: the whole text, a pattern in it, or a function that decides. */
export type CommandPattern = string | RegExp | ((command: Command) => boolean)

/** What a fake host answers. A text is what the command prints, with exit code 0. */
export type FakeAnswer =
  | string
  | { readonly stdout?: string; readonly stderr?: string; readonly exitCode?: number }
  | ((command: Command) => FakeAnswer)

function matches(pattern: CommandPattern, command: Command): boolean {
  if (typeof pattern === 'function') return pattern(command)
  const text = command.toString().trim()
  return typeof pattern === 'string' ? text === pattern : pattern.test(text)
}

function resultOf(command: Command, host: string, answer: FakeAnswer): CommandResult {
  if (typeof answer === 'function') return resultOf(command, host, answer(command))
  const { stdout = '', stderr = '', exitCode = 0 } = typeof answer === 'string' ? { stdout: answer } : answer
  return new CommandResult({
    command: command.toString(),
    host,
    exitCode,
    signal: undefined,
    stdoutBytes: Buffer.from(stdout),
    stderrBytes: Buffer.from(stderr),
    durationMs: 0,
  })
}

class FakeConnection implements Connection {
  readonly connects = 0
  readonly answers: (readonly [CommandPattern, FakeAnswer])[] = []
  readonly transcript: string[] = []

  constructor(readonly name: string) {}

  async spawn(): Promise<never> {
    throw new DyeError('NOT_FAKED', {
      what: 'stream data',
      host: this.name,
      why: 'a fake host has no processes',
    })
  }

  async openShell(): Promise<Shell> {
    let roundTrips = 0
    const shell = {
      alive: true,
      get roundTrips() {
        return roundTrips
      },
      perform: async (commands: readonly Command[], { onResult }: PerformOptions = {}) => {
        roundTrips += 1
        return this.#run(commands, onResult)
      },
      guard: () => {},
      close: async () => {
        shell.alive = false
      },
    }
    return shell
  }

  async close(): Promise<void> {}

  #run(commands: readonly Command[], onResult: PerformOptions['onResult']): readonly CommandResult[] {
    const results: CommandResult[] = []
    for (const command of commands) {
      this.transcript.push(command.toString())
      const result = resultOf(command, this.name, this.#answerTo(command))
      results.push(result)
      onResult?.(result, results.length - 1)
      if (!command.goesOnAfter(result.exitCode)) break
    }
    return results
  }

  #answerTo(command: Command): FakeAnswer {
    const prepared = this.answers.findLast(([pattern]) => matches(pattern, command))
    if (prepared) return prepared[1]
    throw new DyeError('UNEXPECTED_COMMAND', {
      what: `answer the command "${command.toString().trim()}"`,
      host: this.name,
      why: 'no answer was prepared for it',
      remedy: 'prepare one: host.answer(pattern, answer).',
    })
  }
}

/**
 * A host without a machine, for unit tests: it answers what was prepared, remembers what was run, and fails
 * on a command that nobody prepared an answer for.
 *
 * @example
 * ```ts
 * const host = new FakeHost().answer('df -P /', '…').answer(/^systemctl reload /, { exitCode: 1 })
 * await hook({ host })
 * expect(host.transcript).toEqual(['systemctl reload nginx'])
 * ```
 */
export class FakeHost extends Host {
  readonly #connection: FakeConnection

  /** @param name - @defaultValue `fake` */
  constructor(name = 'fake') {
    const connection = new FakeConnection(name)
    super(Host.sharing(connection), {}, {})
    this.#connection = connection
  }

  /** Prepares an answer; of several that fit a command the last one counts. Returns the host itself. */
  answer(pattern: CommandPattern, answer: FakeAnswer): this {
    this.#connection.answers.push([pattern, answer])
    return this
  }

  /** The commands that were run, in order, as people read them: secrets are masked. */
  get transcript(): readonly string[] {
    return this.#connection.transcript
  }
}
