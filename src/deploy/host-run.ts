import { posix } from 'node:path'
import { ask, type Command } from '../command/command.js'
import type { CommandResult } from '../command/result.js'
import { CommandError } from '../errors/command-error.js'
import { ConnectionError } from '../errors/connection-error.js'
import type { Host } from '../host/host.js'
import { record } from '../release/journal.js'
import { releaseLock } from '../release/lock.js'
import { stopwatch } from '../support/clock.js'
import { StepContext } from './context.js'
import type { DeployListener } from './events.js'
import type { ResolvedOptions } from './options.js'
import type { StepRecord } from './result.js'
import type { Step } from './step.js'

/** Seconds that a server may take to put itself back. */
const GUARD_LIMIT_S = 90

/** What stands in for a step: a function, or nothing at all. */
export type Replacement = ((context: StepContext) => Promise<void>) | 'nothing'

/** A deploy on one host: its session, what is known there, and what would have to be taken back. */
export class HostRun {
  readonly records: StepRecord[] = []
  readonly #undoable: Step[] = []
  readonly #connectsBefore: number
  context: StepContext

  constructor(
    private readonly original: Host,
    private readonly options: ResolvedOptions,
    action: 'deploy' | 'rollback',
    private readonly emit: DeployListener,
  ) {
    this.#connectsBefore = original.connects
    const session = original.ownSession()
    this.context = new StepContext(session, options, action, {})
  }

  get name(): string {
    return this.original.name
  }

  /** Does a step, or says why not; a failure is recorded and thrown. */
  async perform(step: Step, replacement?: Replacement): Promise<void> {
    if (replacement === 'nothing') return this.#record(step, 'skipped', 'left out by you', 0)
    const reason = replacement ? undefined : step.skip?.(this.context)
    if (reason !== undefined) return this.#record(step, 'skipped', reason, 0)
    const elapsed = stopwatch()
    this.emit({ type: 'step-started', host: this.name, step: step.name, title: step.title })
    try {
      await this.#prepareUndo(step)
      if (replacement) {
        await replacement(this.context)
        return this.#record(step, 'changed', 'replaced by a function of yours', elapsed())
      }
      const { signal, stepTimeout: timeout } = this.options
      const outcome = await this.context.host.perform(step.script(this.context), {
        signal,
        timeout,
        onOutput: (stream, chunk) =>
          this.emit({ type: 'output', host: this.name, step: step.name, stream, text: chunk.toString() }),
      })
      this.context = this.context.knowing(outcome.learned)
      if (outcome.learned) await this.#updateGuard()
      for (const message of outcome.warnings ?? []) this.emit({ type: 'warning', host: this.name, message })
      this.#record(step, outcome.changed ? 'changed' : 'unchanged', outcome.note, elapsed())
    } catch (thrown) {
      const error = thrown instanceof CommandError ? new CommandError(thrown, step.title) : thrown
      const note = error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
      this.#record(step, 'failed', note ?? '', elapsed())
      throw error
    }
  }

  /** From now on nothing is taken back any more. */
  async settle(): Promise<void> {
    this.#undoable.length = 0
    await this.context.host.guardWith([])
  }

  /**
   * Takes back what was done, last things first. A host whose connection was lost takes it back by itself;
   * then this waits until it has.
   *
   * @returns what could not be taken back
   */
  async goBack(reason: unknown): Promise<readonly Error[]> {
    const undone = this.#undoable.splice(0).reverse()
    if (undone.length === 0) return []
    if (reason instanceof ConnectionError && reason.host === this.name) {
      const failure = await this.#awaitGuard()
      for (const step of undone) this.#recordUndo(step, failure, 'the server did it by itself')
      return failure ? [failure] : []
    }
    const failures: Error[] = []
    for (const step of undone) failures.push(...(await this.#undo(step)))
    return failures
  }

  /** True while this run holds the lock: others may not be told that it is free. */
  get #locked(): boolean {
    const ended = this.records.some(({ step, status }) => step === 'release-lock' && status !== 'failed')
    return this.context.known.home !== undefined && !ended
  }

  /** True once the live link was, or may have been, touched, or the site was off. */
  get enteredWindow(): boolean {
    return this.#undoable.some(step => step.phase === 'window')
  }

  /** Ends the session, and the connection if it was opened for this run. */
  async close(): Promise<{ roundTrips: number; connections: number }> {
    if (this.#locked) await this.context.host.perform(releaseLock(this.context.layout)).catch(() => {})
    await this.context.host.closeSession()
    const roundTrips = await this.context.host.roundTrips()
    const connections = this.original.connects - this.#connectsBefore
    if (connections > 0) await this.original.close()
    return { roundTrips, connections }
  }

  /** Runs each command, whatever becomes of those before it. */
  async #undo(step: Step): Promise<readonly Error[]> {
    const results: CommandResult[] = []
    const failures: Error[] = []
    for (const command of step.undo?.(this.context) ?? []) {
      try {
        results.push(...(await this.context.host.runAll([command])))
      } catch (error) {
        failures.push(error instanceof Error ? error : new Error(String(error)))
      }
    }
    this.#recordUndo(step, failures[0], 'taken back')
    if (failures.length === 0) this.context = this.context.knowing(step.afterUndo?.(results, this.context))
    return failures
  }

  #recordUndo(step: Step, failure: Error | undefined, note: string): void {
    const why = failure && `not taken back: ${failure.message.split('\n', 1)[0]}`
    this.#record(step, failure ? 'failed' : 'undone', why ?? note, 0)
  }

  /** The guard runs while the server still holds the lock: when the lock is free, it is done. */
  async #awaitGuard(): Promise<Error | undefined> {
    const { layout, outgoing } = this.context
    const wait = ask`flock -w ${GUARD_LIMIT_S} ${layout.lock} sh -c ${'readlink -- "$1" || :'} sh ${layout.live}`
    const waiting = this.original.ownSession()
    try {
      const [live] = await waiting.runAll([wait])
      const isBack = posix.basename(live?.stdout ?? '') === (outgoing ?? '')
      return isBack ? undefined : new Error(`${layout.live} points at ${live?.stdout || 'nothing'}`)
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    } finally {
      await waiting.closeSession()
    }
  }

  /** Lets the host know how to take the step back before it is begun: we may not live to do it. */
  async #prepareUndo(step: Step): Promise<void> {
    if (!step.undo) return
    this.#undoable.push(step)
    await this.#updateGuard()
  }

  async #updateGuard(): Promise<void> {
    if (this.#undoable.length === 0) return
    const { layout, releaseName } = this.context
    await this.context.host.guardWith([
      ...this.#undoCommands(),
      record(layout.journal, { release: releaseName, status: 'aborted' }),
    ])
  }

  #undoCommands(): readonly Command[] {
    return this.#undoable.toReversed().flatMap(step => step.undo?.(this.context) ?? [])
  }

  #record(step: Step, status: StepRecord['status'], note: string, durationMs: number): void {
    const entry = { step: step.name, host: this.name, status, note, durationMs }
    this.records.push(entry)
    this.emit({ type: 'step-ended', record: entry })
  }
}
