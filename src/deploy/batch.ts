import type { Command } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { record } from '../release/journal.js'
import { signOff } from '../release/lock.js'
import type { StepContext } from './context.js'
import type { Step, StepOutcome } from './step.js'

/** A step within a batch. */
export interface BatchEntry {
  readonly step: Step
  /** Why there is nothing to do. */
  readonly skipped?: string
  readonly script?: Script<StepOutcome | Promise<StepOutcome>>
  /** Place of its first command in the batch. */
  readonly start: number
}

/** Steps that go to a host in one round trip. */
export interface Batch {
  readonly entries: readonly BatchEntry[]
  readonly commands: readonly Command[]
  /** What the host would do by itself if we died, from the command at an index on. */
  readonly guards: ReadonlyMap<number, readonly Command[]>
  /** What will be known for certain once all has worked. */
  readonly foreseen: StepContext
}

/** What a host does by itself once its release is live: what steps that are left would do that should not wait. */
export function finishOf(left: readonly Step[], context: StepContext): readonly Command[] {
  const pending = left.filter(step => step.finish && step.skip?.(context) === undefined)
  return [...pending.flatMap(step => step.finish?.(context) ?? []), signOff(context.layout)]
}

/** What takes back steps that have been begun: last things first, and the journal tells what became of a new release. */
export function guardOf(undoable: readonly Step[], context: StepContext): readonly Command[] {
  const { layout, releaseName, action } = context
  const aborted =
    action === 'deploy' ? [record(layout.journal, { release: releaseName, status: 'aborted' })] : []
  return [...undoable.toReversed().flatMap(step => step.undo?.(context) ?? []), ...aborted, signOff(layout)]
}

/**
 * Puts as many of the steps as possible into one round trip: up to the first whose commands depend on what
 * one before it has still to learn, or that is decided on the controller.
 *
 * @param undoable - steps that have been begun before, and would have to be taken back
 * @throws whatever keeps the first step from being put into words; a later one then begins the next batch
 */
export function compose(context: StepContext, steps: readonly Step[], undoable: readonly Step[]): Batch {
  const entries: BatchEntry[] = []
  const commands: Command[] = []
  const guards = new Map<number, readonly Command[]>()
  let foreseen = context
  let begun = undoable
  for (const [index, step] of steps.entries()) {
    try {
      const start = commands.length
      const skipped = step.skip?.(foreseen)
      if (skipped !== undefined) {
        entries.push({ step, skipped, start })
        continue
      }
      const sent = step.script(foreseen)
      if (sent.commands.length === 0 && start > 0) break
      if (step.phase === 'after') guards.set(start, finishOf(steps.slice(index), foreseen))
      else {
        if (step.undo) begun = [...begun, step]
        if (begun.length > 0) guards.set(start, guardOf(begun, foreseen))
      }
      entries.push({ step, script: sent, start })
      commands.push(...sent.commands)
      if (sent.commands.length === 0) break
    } catch (error) {
      if (entries.length === 0) throw error
      break
    }
    foreseen = foreseen.awaiting(step.learns ?? []).knowing(step.foresees?.(foreseen))
  }
  return { entries, commands, guards, foreseen }
}

/** A step whose outcome is known: nothing is sent. */
export function settled(step: Step, outcome: StepOutcome, context: StepContext): Batch {
  const entry = { step, script: script([], () => outcome), start: 0 }
  return { entries: [entry], commands: [], guards: new Map(), foreseen: context }
}

/** The first steps of a batch: one that another host can keep up with. */
export function shortened(batch: Batch, length: number): Batch {
  const { entries, commands, guards } = batch
  const end = entries[length]?.start ?? commands.length
  return {
    ...batch,
    entries: entries.slice(0, length),
    commands: commands.slice(0, end),
    guards: new Map([...guards].filter(([at]) => at < end)),
  }
}
