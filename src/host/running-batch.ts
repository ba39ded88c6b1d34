import type { Command } from '../command/command.js'
import { CommandResult } from '../command/result.js'
import { CleanStream } from '../command/scrubber.js'
import { stopwatch } from '../support/clock.js'
import type { PerformOptions } from './connection.js'
import { Output } from './output.js'

/** One of the two streams on which a shell tells what its commands print. */
export type StreamName = 'stdout' | 'stderr'

/** What one stream has told: the output of each command up to its marker, and what comes after the last. */
interface Told {
  readonly ended: Output[]
  current: Output
  clean: CleanStream
}

/** The signal of an exit code of a shell: 143 is SIGTERM. Only those that end processes from outside. */
const SIGNALS: Readonly<Record<number, string>> = {
  129: 'SIGHUP',
  130: 'SIGINT',
  137: 'SIGKILL',
  143: 'SIGTERM',
}

/**
 * A batch of commands under way, and what becomes of it. The streams are apart: one may be several markers ahead of
 * the other; a command has ended once both have told all of it.
 */
export class RunningBatch {
  readonly outcome: Promise<readonly CommandResult[]>
  readonly #results: CommandResult[] = []
  readonly #codes: number[] = []
  readonly #told: Readonly<Record<StreamName, Told>>
  #elapsed = stopwatch()
  #settle: { done(results: readonly CommandResult[]): void; lost(error: Error): void }

  constructor(
    private readonly host: string,
    private readonly commands: readonly Command[],
    private readonly options: PerformOptions,
  ) {
    this.#settle = { done: () => {}, lost: () => {} }
    this.outcome = new Promise((done, lost) => {
      this.#settle = { done, lost }
    })
    this.#told = { stdout: this.#toTell(), stderr: this.#toTell() }
  }

  /** True once no command is left to be run. */
  get isOver(): boolean {
    const last = this.#results.length - 1
    const stopped = last >= 0 && !this.commands[last]?.goesOnAfter(this.#results[last]?.exitCode)
    return stopped || this.#results.length === this.commands.length
  }

  /** True if a stream has told all of the last command. */
  isSilent(stream: StreamName): boolean {
    return this.#told[stream].ended.length === this.commands.length
  }

  /** Takes what a command prints; a promise stands for a listener that wants no more for now. */
  print(stream: StreamName, chunk: Buffer): Promise<unknown> | undefined {
    return this.#tell(stream, this.#told[stream].clean.push(chunk))
  }

  /** Takes the end of a command, as one of the streams tells it. */
  mark(stream: StreamName, exitCode: number): void {
    const told = this.#told[stream]
    void this.#tell(stream, told.clean.flush())
    this.#codes[told.ended.length] = exitCode
    told.ended.push(told.current)
    Object.assign(told, this.#toTell(told.ended))
    this.#conclude()
  }

  lose(error: Error): void {
    this.#settle.lost(error)
  }

  /** Room for what the next command prints; secrets are taken out of it, unless it is data. */
  #toTell(ended: Output[] = []): Told {
    const scrubber = this.commands[ended.length]?.parts.isData ? undefined : this.options.scrubber
    return { ended, current: new Output(), clean: new CleanStream(scrubber) }
  }

  #tell(stream: StreamName, text: Buffer): Promise<unknown> | undefined {
    const told = this.#told[stream]
    const index = told.ended.length
    const command = this.commands[index]
    if (text.length === 0 || !command) return undefined
    told.current.append(text)
    const busy = this.options.onOutput?.(stream, text, command, index)
    return busy instanceof Promise ? busy : undefined
  }

  #conclude(): void {
    const index = this.#results.length
    const [command, exitCode] = [this.commands[index], this.#codes[index]]
    const [stdout, stderr] = [this.#told.stdout.ended[index], this.#told.stderr.ended[index]]
    if (!command || exitCode === undefined || !stdout || !stderr) return
    const result = new CommandResult({
      command: command.toString(),
      host: this.host,
      exitCode,
      signal: SIGNALS[exitCode],
      stdoutBytes: stdout.bytes(),
      stderrBytes: stderr.bytes(),
      durationMs: this.#elapsed(),
    })
    this.#results.push(result)
    this.#elapsed = stopwatch()
    this.options.onResult?.(result, index)
    if (this.isOver) this.#settle.done(this.#results)
  }
}
