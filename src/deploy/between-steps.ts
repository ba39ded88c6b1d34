import type { Hook } from './hooks.js'
import type { RunPlan } from './run-plan.js'
import type { Step, StepName } from './step.js'

/** The step before which nothing has been changed yet. */
const PRE_DEPLOY: StepName = 'prepare-release'

/** What of the caller's runs between the steps of a plan, and so keeps them apart. */
export class BetweenSteps {
  constructor(
    private readonly plan: RunPlan,
    private readonly hostCount: number,
  ) {}

  /** `preDeploy`, if that is the step it comes before. */
  preDeploy({ name }: Step): Hook | undefined {
    const { action, hooks } = this.plan
    return action === 'deploy' && name === PRE_DEPLOY ? hooks.preDeploy : undefined
  }

  get postDeploy(): Hook | undefined {
    const { action, hooks } = this.plan
    return action === 'deploy' ? (hooks.postDeploy as Hook | undefined) : undefined
  }

  before({ name }: Step): Hook | undefined {
    return this.plan.hooks.before?.[name as StepName] as Hook | undefined
  }

  after({ name }: Step): Hook | undefined {
    return this.plan.hooks.after?.[name as StepName] as Hook | undefined
  }

  /** The steps from the first on between which nothing has to be done here, and no host has to wait for another. */
  together(steps: readonly Step[]): readonly Step[] {
    return untilPair(steps, 0, (previous, next) => {
      const apart = this.#hooks(previous, next).length > 0 || this.#isReplaced(next)
      return apart || this.#haveToMeet(previous, next)
    })
  }

  /**
   * The steps from `start` on that are worth a look ahead: none that is replaced, and none that looks long behind a
   * function of the caller's that may well wait for something, so that what was seen before it will not count.
   *
   * @param neverWait - none of the caller's functions has waited yet, not even those that could
   */
  lookable(steps: readonly Step[], start: number, neverWait: boolean): readonly Step[] {
    let mayWait = false
    const inVain = (previous: Step, next: Step) => {
      mayWait ||= !neverWait && this.#hooks(previous, next).some(isAsync)
      return (mayWait && next.looksLong === true) || this.#isReplaced(next)
    }
    return untilPair(steps, start, inVain).slice(start)
  }

  #hooks(previous: Step, next: Step): readonly Hook[] {
    const goesLive = next.phase === 'after' && previous.phase !== 'after'
    const live = goesLive ? this.postDeploy : undefined
    const hooks = [this.after(previous), live, this.preDeploy(next), this.before(next)]
    return hooks.filter(hook => hook !== undefined)
  }

  #isReplaced({ name }: Step): boolean {
    return typeof this.plan.replacements.get(name) === 'function'
  }

  /** Several hosts go side by side only as long as the site is as it was; a question is for all of them. */
  #haveToMeet(previous: Step, next: Step): boolean {
    if (this.hostCount === 1) return false
    return [previous, next].some(
      ({ phase, once, inTurn, asks }) => phase !== 'beside' || once || inTurn || asks,
    )
  }
}

/** The steps up to the first pair of neighbours, from `start` on, that is to be cut apart. */
function untilPair(
  steps: readonly Step[],
  start: number,
  isApart: (previous: Step, next: Step) => boolean,
): readonly Step[] {
  const end = steps.findIndex((next, index) => {
    const previous = steps[index - 1]
    return index >= start && previous !== undefined && isApart(previous, next)
  })
  return steps.slice(0, end < 0 ? steps.length : end)
}

function isAsync(hook: Hook): boolean {
  return hook.constructor.name === 'AsyncFunction'
}
