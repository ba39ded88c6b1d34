import type { CommandResult } from '../command/result.js'
import { ConnectionError } from '../errors/connection-error.js'
import type { Host } from '../host/host.js'
import { stopwatch } from '../support/clock.js'
import type { StepContext } from './context.js'
import { awaitGuard, finish, type GuardEnd, patienceOf, takeOver } from './guard-end.js'
import type { HostTeller } from './host-teller.js'
import type { ResolvedOptions } from './options.js'
import { errorOf, noteOf, type StepRecord } from './result.js'
import type { Step } from './step.js'

/** What is taken back on one host. */
interface Traveller {
  context: StepContext
  readonly teller: HostTeller
  isLost(error: unknown): boolean
  record(step: Step, status: StepRecord['status'], note: string, durationMs: number): void
}

/** What a way back starts from. */
export interface Departure {
  /** What is taken back, in this order. */
  readonly undone: readonly Step[]
  /** What would have followed once the release was live for good. */
  readonly left: readonly Step[]
  /** True if the live link was, or may have been, touched, or the site was off. */
  readonly wasSwitching: boolean
}

/** The way back of one host: what was begun is taken back by us, or by the server if it was lost. */
export class WayBack {
  #hasResumed = false
  /** True once it has been decided, for another reason than that the host was lost. */
  #isGoingBack = false
  /** True if nobody knows how it is there now. */
  lost = false
  /** True if something could not be taken back. */
  failed = false
  /** True if the release went live although the connection was lost: its guard had nothing to take back any more. */
  finishedAlone = false

  constructor(
    private readonly run: Traveller,
    private readonly original: Host,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * Takes steps back. A host that was lost takes them back by itself: it is waited until it has; after a power cut
   * it cannot, and it is done for it.
   *
   * @returns what could not be taken back
   */
  go(from: Departure, isOutOfReach: boolean): Promise<readonly Error[]> {
    return isOutOfReach ? this.#alone(from) : this.#undoAll(from)
  }

  async #undoAll(from: Departure): Promise<readonly Error[]> {
    const failures: Error[] = []
    this.#isGoingBack = true
    for (const [index, step] of from.undone.entries()) {
      const failed = await this.#undo(step)
      if (failed.some(error => this.run.isLost(error)))
        return this.#alone({ ...from, undone: from.undone.slice(index) })
      failures.push(...failed)
    }
    this.failed = failures.length > 0
    return failures
  }

  async #alone(from: Departure): Promise<readonly Error[]> {
    const { run, options } = this
    const patience = patienceOf(options, from.wasSwitching, run.teller)
    const end = await awaitGuard(this.original, run.context, patience)
    await run.context.host.closeSession() // it is gone, and so is the lock
    if (this.#wasThrough(end, from)) {
      const failure = await finish(run.context, from.left, error => run.teller.warn(error.message))
      this.finishedAlone = failure === undefined
      return this.#ended(failure)
    }
    const resumes = end.stopped && !this.#hasResumed
    this.#hasResumed ||= resumes
    const failure = resumes ? await takeOver(run.context, from.undone) : end.failure
    if (resumes && !failure) return this.#undoAll(from)
    this.finishedAlone = end.finished && !resumes
    if (this.finishedAlone) return []
    for (const step of from.undone) this.#record(step, failure, 'the server did it by itself')
    return this.#ended(failure)
  }

  /**
   * True if a server that has stopped was done with its window: visitors may have written since, and its database is that of the
   * new release, which has shown that it works. One of many goes back with the others.
   */
  #wasThrough({ stopped, finished, isOn }: GuardEnd, { undone }: Departure): boolean {
    const wasOff = undone.some(({ name }) => name === 'site-off')
    const isOneOfMany = this.options.hosts.length > 1
    return stopped && finished && isOn && wasOff && !this.#isGoingBack && !isOneOfMany
  }

  #ended(failure: Error | undefined): readonly Error[] {
    this.lost = failure instanceof ConnectionError
    this.failed = failure !== undefined
    return failure ? [failure] : []
  }

  /** Runs each command, whatever becomes of those before it. */
  async #undo(step: Step): Promise<readonly Error[]> {
    const { run } = this
    const results: CommandResult[] = []
    const failures: Error[] = []
    const attempt = (act: () => Promise<unknown>) => act().catch(error => failures.push(errorOf(error)))
    const elapsed = stopwatch()
    run.teller.undoStarted(step)
    for (const command of step.undo?.(run.context) ?? []) {
      await attempt(async () => {
        run.teller.commandStarted(step, command)
        for (const result of await run.context.host.runAll([command])) {
          run.teller.commandEnded(step, result)
          results.push(result)
        }
      })
    }
    const isLost = failures.some(error => run.isLost(error))
    if (!isLost) await attempt(async () => step.takeBack?.(run.context))
    this.#record(step, failures[0], 'taken back', elapsed())
    if (failures.length === 0) run.context = run.context.knowing(step.afterUndo?.(results, run.context))
    return failures
  }

  #record(step: Step, failure: Error | undefined, note: string, durationMs = 0): void {
    const why = failure && `not taken back: ${noteOf(failure)}`
    this.run.record(step, failure ? 'failed' : 'undone', why ?? note, durationMs)
  }
}
