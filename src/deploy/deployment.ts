import type { FetchedState, Hook, HookState, Hooks, StateAfter, StateBefore } from './hooks.js'
import { described, descriptionOf, hookState } from './hooks.js'
import { type DeployOptions, resolveOptions } from './options.js'
import { order } from './order.js'
import type { Plan } from './planning/plan.js'
import { Planner } from './planning/planner.js'
import type { DeployResult } from './result.js'
import type { Replacement, RunPlan } from './run-plan.js'
import { Run } from './runner.js'
import { RunningDeploy } from './running-deploy.js'
import type { StepName } from './step.js'

function inOrder(first: Hook, second: Hook): Hook {
  const descriptions = [first, second].map(each => descriptionOf(each) ?? 'a function of yours')
  return described(descriptions.join(', then '), async state => {
    await first(state)
    await second(state)
  })
}

/**
 * A deploy that can be changed step by step before it is run. Each method returns a changed copy.
 *
 * @example
 * ```ts
 * const result = await new Deployment(options)
 *   .before('switch-release', async ({ host, release }) => {
 *     await host.within(release.path).run`./warm-up`
 *   })
 *   .skip('link-cron')
 *   .run()
 * ```
 */
export class Deployment {
  readonly #options: DeployOptions
  #replacements: ReadonlyMap<string, Replacement> = new Map()

  /** @throws {@link OptionError} for an option that cannot be used */
  constructor(options: DeployOptions) {
    resolveOptions(options)
    this.#options = Object.freeze({ ...options })
  }

  /** Runs a function right before a step, on each host; several for one step run in the order of their adding. */
  before<Name extends StepName>(step: Name, hook: Hook<StateBefore<Name>>): Deployment {
    return this.#hooked('before', step, hook as Hook)
  }

  /** Runs a function right after a step, on each host; several for one step run in the order of their adding. */
  after<Name extends StepName>(step: Name, hook: Hook<StateAfter<Name>>): Deployment {
    return this.#hooked('after', step, hook as Hook)
  }

  /** Runs a function in place of a step, on each host. */
  replace<Name extends StepName>(step: Name, hook: Hook<StateBefore<Name>>): Deployment {
    const replacement: Replacement = async context => {
      await hook(hookState(context) as HookState & FetchedState)
    }
    return this.#replaced(step, replacement)
  }

  /** Leaves a step out. */
  skip(step: StepName): Deployment {
    return this.#replaced(step, 'nothing')
  }

  /**
   * Finds out what the deploy would do, and why, and does none of it: servers are only asked, and what the new release
   * would be like is tried in a temporary directory, which is gone afterwards. Your functions are not called, and nobody
   * is asked anything.
   *
   * @throws {@link ConnectionError} when a host cannot be reached
   */
  plan(): Promise<Plan> {
    return new Planner(this.#runPlan).make()
  }

  /**
   * Runs the deploy. A deploy that fails does not reject: its result tells how it ended and why.
   *
   * @throws {@link OptionError} for an option that cannot be used
   */
  run(): Promise<DeployResult> {
    return new Run(this.#runPlan).run()
  }

  /**
   * Starts the deploy, whose events can be read by `for await` while it runs.
   *
   * @throws {@link OptionError} from the result, for an option that cannot be used
   * @example
   * ```ts
   * const { events, result } = new Deployment(options).start()
   * for await (const event of events) console.log(event.type)
   * process.exitCode = (await result).exitCode
   * ```
   */
  start(): RunningDeploy {
    const { onEvent } = this.#options
    return new RunningDeploy(listener => {
      const listeners = [...[onEvent ?? []].flat(), listener]
      return this.#copy({ ...this.#options, onEvent: listeners }, this.#replacements).run()
    })
  }

  get #runPlan(): RunPlan {
    const options = resolveOptions(this.#options)
    const plan = { action: 'deploy' as const, steps: order, hooks: options.hooks ?? {} }
    return { ...plan, options, replacements: this.#replacements }
  }

  #replaced(step: StepName, replacement: Replacement): Deployment {
    return this.#copy(this.#options, new Map([...this.#replacements, [step, replacement]]))
  }

  #hooked(side: 'before' | 'after', step: StepName, hook: Hook): Deployment {
    const hooks: Hooks = this.#options.hooks ?? {}
    const earlier = hooks[side]?.[step] as Hook | undefined
    const both = earlier ? inOrder(earlier, hook) : hook
    const changed = { ...hooks, [side]: { ...hooks[side], [step]: both } }
    return this.#copy({ ...this.#options, hooks: changed }, this.#replacements)
  }

  #copy(options: DeployOptions, replacements: ReadonlyMap<string, Replacement>): Deployment {
    const copy = new Deployment(options)
    copy.#replacements = replacements
    return copy
  }
}
