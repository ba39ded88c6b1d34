import { ask } from '../command/command.js'
import { CancelledError } from '../errors/cancelled-error.js'
import { ConnectionError } from '../errors/connection-error.js'
import type { Host } from '../host/host.js'
import type { Loan } from '../host/loan.js'
import { releaseLock } from '../release/lock.js'
import { stopwatch } from '../support/clock.js'
import { type Batch, compose, finishOf, guardOf, settled } from './batch.js'
import { StepContext } from './context.js'
import { Delivery, type DeliveryListener } from './delivery.js'
import type { Tell } from './events.js'
import { HostTeller } from './host-teller.js'
import { Foresight, lookAhead } from './look-ahead.js'
import type { ResolvedOptions } from './options.js'
import {
  type Action,
  type HostOutcome,
  type HostResult,
  noteOf,
  type Outcome,
  type StepRecord,
} from './result.js'
import type { Rotation } from './rotation.js'
import type { Step, StepOutcome } from './step.js'
import { WayBack } from './way-back.js'

/** How far a host came: how many steps were dealt with, one that failed included. */
export interface Progress {
  readonly done: number
  readonly error?: unknown
}

/** A deploy on one host: its session, what is known there, and what would have to be taken back. */
export class HostRun implements DeliveryListener {
  readonly records: StepRecord[] = []
  readonly teller: HostTeller
  readonly #undoable: Step[] = []
  readonly #loan: Loan
  readonly #foresight = new Foresight()
  readonly #wayBack: WayBack
  #wentBack = false
  #givenUp: unknown
  #enteredWindow = false
  context: StepContext

  constructor(
    private readonly original: Host,
    private readonly options: ResolvedOptions,
    action: Action,
    tell: Tell,
    rotation: Rotation,
  ) {
    this.#loan = original.lend()
    this.teller = new HostTeller(original.name, tell)
    this.#wayBack = new WayBack(this, original, options)
    this.context = new StepContext(this.#loan.host, options, action, {}, rotation, this.teller.progress)
  }

  get name(): string {
    return this.original.name
  }

  /** True if the release went live although the connection was lost: its guard had nothing to take back any more. */
  get finishedAlone(): boolean {
    return this.#wayBack.finishedAlone
  }

  /** True if what need be done only once is done here. */
  get isPrimary(): boolean {
    return this.original === this.options.primary
  }

  /** True for what tells that this host, and not another one, is out of reach. */
  isLost(error: unknown): error is ConnectionError {
    return error instanceof ConnectionError && error.host === this.name
  }

  /** True if this host is lost, whatever has noticed it: a hook may have. */
  async isOutOfReach(error: unknown): Promise<boolean> {
    return this.isLost(error) || (await this.context.host.isLost())
  }

  /** Makes sure that it can be reached, on behalf of the first step. */
  async reach(first: Step): Promise<Progress> {
    const elapsed = stopwatch()
    try {
      await this.context.host.runAll([ask`:`])
      return { done: 0 }
    } catch (error) {
      this.failed(first, error, elapsed())
      return { done: 1, error }
    }
  }

  /** The others go on without it. */
  giveUp(error: unknown): void {
    this.#givenUp = error
    this.#undoable.length = 0 // it takes back by itself what was begun
  }

  /** How it ended here, when the whole ended so. */
  result(outcome: Outcome, costs: Pick<HostResult, 'roundTrips' | 'connections'>): HostResult {
    const { outgoing, releaseName } = this.context
    const mine = this.#outcome(outcome)
    const isLive = mine === 'deployed' || mine === 'deployed-with-warnings'
    const error = this.#givenUp instanceof Error ? this.#givenUp : undefined
    return {
      host: this.name,
      outcome: mine,
      release: mine === 'unknown' ? undefined : isLive ? releaseName : outgoing,
      ...costs,
      ...(error && { error }),
    }
  }

  #outcome(outcome: Outcome): HostOutcome {
    if (this.#givenUp !== undefined) return 'failed-before-switch'
    const isLive = outcome === 'deployed-with-warnings'
    if (isLive && this.records.every(({ status }) => status !== 'failed')) return 'deployed'
    if (isLive || !this.#wentBack) return outcome
    if (this.#wayBack.lost) return 'unknown'
    if (this.#wayBack.failed) return 'rollback-failed'
    if (this.#enteredWindow) return 'rolled-back'
    return outcome === 'cancelled' ? 'cancelled' : 'failed-before-switch'
  }

  /** Puts as many of the steps as possible into one round trip; see {@link compose}. */
  compose(steps: readonly Step[]): Batch {
    const [first] = steps
    const outcome = first && this.#foresight.outcomeOf(first, this.original.uses)
    if (first && outcome) return settled(first, outcome, this.context)
    try {
      return compose(this.context, steps, this.#undoable)
    } catch (error) {
      if (first) this.failed(first, error, 0)
      throw error
    }
  }

  /**
   * Does the steps of a batch, or says why not; a failure is recorded.
   *
   * @param next - steps whose looks may be sent along
   * @returns how many have been dealt with, and what failed
   */
  async perform(batch: Batch, next: readonly Step[]): Promise<Progress> {
    const looks = this.original.isRemote && batch.commands.length > 0 ? lookAhead(batch.foreseen, next) : []
    const delivery = new Delivery(batch, looks, this, this.context.limits)
    const known = this.context
    try {
      await delivery.to(this.context.host)
      if (looks.length > 0) this.#foresight.remember(looks, delivery.seen, this.original.uses)
      return { done: delivery.done }
    } catch (error) {
      if (this.isLost(error)) this.#mayHaveBegun(batch, delivery.done)
      return { done: delivery.done, error }
    } finally {
      if (this.context !== known && this.#undoable.length > 0) await this.#updateGuard()
    }
  }

  /** Does a function of the caller's in place of a step. */
  async replace(step: Step, replacement: (context: StepContext) => Promise<void>): Promise<Progress> {
    const elapsed = stopwatch()
    try {
      this.started(step)
      if (this.#undoable.length > 0) await this.#updateGuard()
      await replacement(this.context)
      this.record(step, 'changed', 'replaced by a function of yours', elapsed())
      return { done: 1 }
    } catch (thrown) {
      const isCancelled = this.options.signal?.aborted
      const error = isCancelled ? CancelledError.bySignal(step.title, this.name) : thrown
      this.failed(step, error, elapsed())
      return { done: 1, error }
    }
  }

  /** Something may have happened to the host that is not of our doing: what was seen may not be true any more. */
  forgetWhatWasSeen(): void {
    this.#foresight.forget()
  }

  skipped(step: Step, reason: string): void {
    this.record(step, 'skipped', reason, 0)
  }

  started(step: Step): void {
    if (step.phase === 'after') this.#undoable.length = 0
    else if (step.undo || step.takeBack) this.#undoable.push(step)
    this.teller.started(step)
  }

  ended(step: Step, outcome: StepOutcome, durationMs: number): void {
    if (outcome.learned) this.context = this.context.knowing(outcome.learned)
    for (const message of outcome.warnings ?? []) this.teller.warn(message)
    this.record(step, outcome.changed ? 'changed' : 'unchanged', outcome.note, durationMs)
  }

  failed(step: Step, error: unknown, durationMs: number): void {
    this.record(step, 'failed', noteOf(error), durationMs)
  }

  /** From now on nothing is taken back any more; what is left of the steps has yet to be done. */
  async settle(left: readonly Step[]): Promise<void> {
    if (this.#undoable.splice(0).length === 0) return
    await this.context.host.guardWith(finishOf(left, this.context))
  }

  /**
   * Takes back what was done, last things first. A host whose connection was lost takes it back by itself, or
   * had all it needed to go on by itself; then this waits until it has, and finds out: see {@link HostRun.finishedAlone}.
   *
   * @param left - steps that would have followed once the release was live for good
   * @returns what could not be taken back
   */
  async goBack(reason: unknown, left: readonly Step[]): Promise<readonly Error[]> {
    this.#wentBack = true
    this.#enteredWindow = this.enteredWindow
    const undone = this.#undoable.splice(0).reverse()
    if (undone.length === 0) return []
    const from = { undone, left, wasSwitching: this.#enteredWindow }
    return this.#wayBack.go(from, await this.isOutOfReach(reason))
  }

  /** True while this run holds the lock, as far as can be known: others may not be told that it is free. */
  get #locked(): boolean {
    const ended = this.records.some(({ step, status }) => step === 'release-lock' && status !== 'failed')
    return this.context.known.home !== undefined && !ended && !this.#wayBack.lost
  }

  /** True once the live link was, or may have been, touched, or the site was off. */
  get enteredWindow(): boolean {
    return this.#undoable.some(step => step.phase === 'window')
  }

  /** Ends the session, and the connection if it was opened for this run. */
  async close(): Promise<{ roundTrips: number; connections: number }> {
    if (this.#locked) await this.context.host.perform(releaseLock(this.context.layout)).catch(() => {})
    const { connections } = this.#loan
    const roundTrips = await this.context.host.roundTrips()
    // it has to be told that it ends, if it is not to run its guard
    await this.#loan.giveBack(this.#wentBack ? 'properly' : 'with-connection')
    return { roundTrips, connections }
  }

  /** Of a host that was lost nobody knows how far it came. */
  #mayHaveBegun({ entries }: Batch, done: number): void {
    const unheard = entries.slice(done).filter(({ step, script }) => script && step.undo)
    this.#undoable.push(...unheard.map(({ step }) => step))
  }

  /** Lets the host know how to take back what was begun: we may not live to do it. */
  async #updateGuard(): Promise<void> {
    await this.context.host.guardWith(guardOf(this.#undoable, this.context))
  }

  record(step: Step, status: StepRecord['status'], note: string, durationMs: number): void {
    const entry = { step: step.name, host: this.name, status, note, durationMs }
    this.records.push(entry)
    this.teller.ended(entry)
  }
}
