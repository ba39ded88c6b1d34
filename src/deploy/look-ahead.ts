import type { Command } from '../command/command.js'
import type { CommandResult } from '../command/result.js'
import type { Script } from '../command/script.js'
import type { StepContext } from './context.js'
import type { Step, StepOutcome } from './step.js'

/** A command that only asks, sent before its step's turn, and how to read what it says. */
export interface Look {
  readonly step: Step
  readonly command: Command
  readonly read: (results: readonly CommandResult[]) => StepOutcome | undefined | Promise<StepOutcome>
}

/** A step that only asks is its own look; one in the window is not, since it asks what was changed just before. */
function lookOf(step: Step, context: StepContext): Script<StepOutcome | undefined | Promise<StepOutcome>> {
  if (step.look) return step.look(context)
  return step.phase === 'window' || step.undo ? NOTHING : step.script(context)
}

const NOTHING = { commands: [], read: () => undefined }

/** What the next steps ask, up to the first that has to change something, or to know what is not known yet. */
export function lookAhead(context: StepContext, steps: readonly Step[]): readonly Look[] {
  const looks: Look[] = []
  let foreseen = context
  for (const step of steps) {
    try {
      if (step.skip?.(foreseen) !== undefined) continue
      const { commands, read } = lookOf(step, foreseen)
      const [command, ...more] = commands
      if (!command || more.length > 0 || (!step.look && command.kind === 'change')) break
      looks.push({ step, command, read })
    } catch {
      break // it will be asked in its turn
    }
    foreseen = foreseen.awaiting(step.learns ?? [])
  }
  return looks
}

/** What looks found, as long as it is true: until something else runs on the host. */
export class Foresight {
  #answers: readonly { readonly look: Look; readonly result: CommandResult }[] = []
  #uses = 0

  /**
   * One that failed, or has to ask a question, is sent again in its turn.
   *
   * @param uses - count of what was run on the host, the looks included
   */
  remember(looks: readonly Look[], results: readonly CommandResult[], uses: number): void {
    this.#uses = uses
    this.#answers = looks.flatMap((look, index) => {
      const result = results[index]
      return result && look.command.goesOnAfter(result.exitCode) ? [{ look, result }] : []
    })
  }

  forget(): void {
    this.#answers = []
  }

  /** The outcome of a step that need not be sent any more; undefined if it has something to do, or nobody knows. */
  outcomeOf(step: Step, uses: number): StepOutcome | undefined {
    const answer = this.#answers.find(({ look }) => look.step.name === step.name)
    if (answer === undefined || uses !== this.#uses) return undefined
    try {
      const outcome = answer.look.read([answer.result])
      return outcome instanceof Promise ? undefined : outcome
    } catch {
      return undefined
    }
  }
}
