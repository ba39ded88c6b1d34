import type { Command } from '../command/command.js'
import type { RollbackStepName, StepName } from '../deploy/step.js'
import { type CommandPattern, matches, type Said, said } from './answers.js'

/** A step of a deploy, a rollback, a redeploy or an update. */
export type FakeStepName = StepName | RollbackStepName

/** Which command something happens to: of those that are described the first, unless another one is said. */
export interface FaultPlace {
  /** The step that it belongs to. @defaultValue any, or none */
  readonly step?: FakeStepName
  /** The whole text of the command, a pattern in it, or a function that decides. @defaultValue any */
  readonly pattern?: CommandPattern
  /** The how manyeth of these. @defaultValue 1 */
  readonly nth?: number
}

/** How a command fails. */
export interface FakeFailure extends FaultPlace {
  /** @defaultValue 1 */
  readonly exitCode?: number
  /** @defaultValue a word that it was to fail */
  readonly stderr?: string
  /** @defaultValue nothing */
  readonly stdout?: string
}

/** Something that happens once, when its command comes. */
class Fault<Effect> {
  #left: number

  constructor(
    private readonly place: FaultPlace,
    readonly effect: Effect,
    private readonly isLasting = false,
  ) {
    this.#left = place.nth ?? 1
  }

  /** True if this is the command. */
  strikes(command: Command, step: string | undefined): boolean {
    const { step: wanted, pattern } = this.place
    if (wanted !== undefined && wanted !== step) return false
    if (pattern !== undefined && !matches(pattern, command)) return false
    this.#left -= 1
    return this.#left === 0 || (this.isLasting && this.#left < 0)
  }
}

/** What was planned to go wrong on a host. */
export class Faults {
  readonly #failures: Fault<Said>[] = []
  readonly #drops: Fault<undefined>[] = []
  readonly #delays: Fault<number>[] = []
  readonly #acts: Fault<() => void>[] = []

  fail({ exitCode = 1, stderr = 'it was to fail here\n', stdout = '', ...place }: FakeFailure): void {
    this.#failures.push(new Fault(place, said(exitCode, stdout, stderr)))
  }

  drop(place: FaultPlace): void {
    this.#drops.push(new Fault(place, undefined))
  }

  delay(milliseconds: number, place: FaultPlace): void {
    this.#delays.push(new Fault(place, milliseconds, place.nth === undefined))
  }

  act(place: FaultPlace, act: () => void): void {
    this.#acts.push(new Fault(place, act))
  }

  /** What happens before a command: how it fails if it does, and how long it takes. */
  before(
    command: Command,
    step: string | undefined,
  ): { readonly failure: Said | undefined; readonly delay: number } {
    for (const { effect } of this.#acts.filter(fault => fault.strikes(command, step))) effect()
    const delays = this.#delays.filter(fault => fault.strikes(command, step)).map(({ effect }) => effect)
    const failures = this.#failures.filter(fault => fault.strikes(command, step))
    return { failure: failures[0]?.effect, delay: delays.reduce((sum, each) => sum + each, 0) }
  }

  /** True if the connection breaks once a command has run. */
  dropsAfter(command: Command, step: string | undefined): boolean {
    return this.#drops.filter(fault => fault.strikes(command, step)).length > 0
  }
}
