import type { CommandResult } from '../command/result.js'
import { CancelledError } from '../errors/cancelled-error.js'
import { CommandError } from '../errors/command-error.js'
import { failureOf, SudoError } from '../errors/sudo-error.js'
import type { CallOptions, Host } from '../host/host.js'
import { stopwatch } from '../support/clock.js'
import type { Batch, BatchEntry } from './batch.js'
import type { HostTeller } from './host-teller.js'
import type { Look } from './look-ahead.js'
import type { Step, StepOutcome } from './step.js'

/** Gets to know what becomes of the steps of a batch, in order, while it runs. */
export interface DeliveryListener {
  readonly teller: Pick<HostTeller, 'commandStarted' | 'commandEnded' | 'output'>
  skipped(step: Step, reason: string): void
  started(step: Step): void
  ended(step: Step, outcome: StepOutcome, durationMs: number): void
  failed(step: Step, error: unknown, durationMs: number): void
}

/** Where the commands of each step begin, and those of none: the looks. */
function labelsOf({ entries, commands }: Batch): ReadonlyMap<number, string> {
  const begun = entries.flatMap(({ step, script, start }) =>
    script && script.commands.length > 0 ? [[start, step.name] as const] : [],
  )
  return new Map<number, string>([...begun, [commands.length, '']])
}

/**
 * Brings a batch to a host, in one round trip. A step counts as started when the one before it has ended, and
 * as ended when its last result has come, be the next one already under way.
 */
export class Delivery {
  readonly #stop = new AbortController()
  readonly #results: CommandResult[] = []
  readonly #seen: CommandResult[] = []
  #position = 0
  #held: (() => void)[] = []
  #elapsed = stopwatch()
  #timer: NodeJS.Timeout | undefined
  #broken: { readonly error: unknown } | undefined

  constructor(
    private readonly batch: Batch,
    /** Asked once all steps are done; whatever becomes of them, the steps are done. */
    private readonly looks: readonly Look[],
    private readonly listener: DeliveryListener,
    /** `timeout` is for each step. */
    private readonly limits: Pick<CallOptions, 'signal' | 'timeout'>,
  ) {}

  /** Entries that have been dealt with, one that has failed included. */
  get done(): number {
    return this.#position
  }

  /** What the looks said, as far as they were asked. */
  get seen(): readonly CommandResult[] {
    return this.#seen
  }

  /** Resolves when all steps are done, or one of them has stopped for a question that was answered. */
  async to(host: Host): Promise<void> {
    this.#begin()
    try {
      await this.#send(host)
      if (this.#broken) throw this.#broken.error
      await this.#finish()
    } catch (error) {
      if (!this.#current && error instanceof CancelledError) return // but for a look
      throw this.#fail(host, error)
    } finally {
      clearTimeout(this.#timer)
    }
  }

  async #send(host: Host): Promise<void> {
    if (this.batch.commands.length === 0) return
    const signals = [this.#stop.signal, this.limits.signal].filter(each => each !== undefined)
    const looks = this.looks.map(({ command }) => command.acceptingAny())
    await host.send([...this.batch.commands, ...looks], {
      guards: this.batch.guards,
      labels: labelsOf(this.batch),
      signal: AbortSignal.any(signals),
      onOutput: (stream, chunk, _, index) => this.#onOutput(stream, chunk, index),
      onResult: (result, index) => this.#onResult(result, index),
    })
  }

  get #current(): BatchEntry | undefined {
    return this.batch.entries[this.#position]
  }

  /** Passes by what is skipped, and starts the next step. */
  #begin(): void {
    clearTimeout(this.#timer)
    for (; this.#current?.skipped !== undefined; this.#position += 1) {
      this.listener.skipped(this.#current.step, this.#current.skipped)
    }
    const { timeout } = this.limits
    if (timeout !== undefined) this.#timer = setTimeout(() => this.#stop.abort(), timeout)
    if (!this.#current) return
    this.#elapsed = stopwatch()
    this.listener.started(this.#current.step)
    this.#beginCommand(0)
    for (const say of this.#held.splice(0)) say()
  }

  /** Output of a step whose forerunner has not told its end on both streams is held back until then. */
  #onOutput(stream: 'stdout' | 'stderr', chunk: Buffer, index: number): void {
    if (index >= this.batch.commands.length) return
    const entry = this.batch.entries.findLast(({ script, start }) => script && start <= index)
    if (!entry) return
    if (entry === this.#current) this.listener.teller.output(entry.step, stream, chunk)
    else this.#held.push(() => this.#onOutput(stream, chunk, index))
  }

  /** The command at an index of the current step is under way, if there is one. */
  #beginCommand(index: number): void {
    const { step, script } = this.#current ?? {}
    const command = script?.commands[index]
    if (step && command) this.listener.teller.commandStarted(step, command)
  }

  #onResult(result: CommandResult, index: number): void {
    if (index >= this.batch.commands.length) {
      this.#seen.push(result)
      return
    }
    this.#results.push(result)
    const { step, start, script } = this.#current ?? {}
    if (this.#broken || step === undefined || script === undefined || start === undefined) return
    this.listener.teller.commandEnded(step, result)
    if (!script.commands[index - start]?.goesOnAfter(result.exitCode)) return
    if (index < start + script.commands.length - 1) {
      this.#beginCommand(index - start + 1)
      return
    }
    try {
      const outcome = script.read(this.#results.slice(start))
      if (outcome instanceof Promise) throw new Error('asked a question without having stopped for it')
      this.#end(outcome)
      this.#begin()
    } catch (error) {
      this.#broken = { error }
      this.#stop.abort() // what comes after it must not go on
    }
  }

  /** What is left to do when nothing runs any more: a failure, a question, or a step that sends nothing. */
  async #finish(): Promise<void> {
    const { script, start } = this.#current ?? {}
    if (script === undefined || start === undefined) return
    const results = this.#results.slice(start)
    const last = results.at(-1)
    const index = results.length - 1
    if (last && !script.commands[index]?.isGood(last.exitCode)) {
      const failure = failureOf(last)
      throw script.explain?.(failure, index) ?? failure
    }
    this.#end(await script.read(results))
  }

  #end(outcome: StepOutcome): void {
    const { step } = this.#current ?? {}
    this.#position += 1
    if (step) this.listener.ended(step, outcome, this.#elapsed())
  }

  #fail(host: Host, thrown: unknown): unknown {
    const { step } = this.#current ?? {}
    if (!step) return thrown
    const error = this.#named(step, host, thrown)
    this.#position += 1
    this.listener.failed(step, error, this.#elapsed())
    return error
  }

  #named({ title }: Step, host: Host, thrown: unknown): unknown {
    if (thrown instanceof SudoError) return thrown
    if (thrown instanceof CommandError) return new CommandError(thrown, title)
    if (!(thrown instanceof CancelledError) || this.#broken) return this.#broken?.error ?? thrown
    return this.limits.signal?.aborted
      ? CancelledError.bySignal(title, host.name)
      : new CancelledError('TIMED_OUT', title, host.name, `it took longer than ${this.limits.timeout} ms`)
  }
}
