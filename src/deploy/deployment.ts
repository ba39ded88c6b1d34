import type { FetchedState, Hook, HookState, Hooks, StateAfter, StateBefore } from './hooks.js'
import { hookState } from './hooks.js'
import { type DeployOptions, resolveOptions } from './options.js'
import { order } from './order.js'
import type { DeployResult } from './result.js'
import type { Replacement } from './run-plan.js'
import { Run } from './runner.js'
import type { StepName } from './step.js'

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
   * Runs the deploy. A deploy that fails does not reject: its result tells how it ended and why.
   *
   * @throws {@link OptionError} for an option that cannot be used
   */
  run(): Promise<DeployResult> {
    const options = resolveOptions(this.#options)
    const plan = { action: 'deploy' as const, steps: order, hooks: options.hooks ?? {} }
    return new Run({ ...plan, options, replacements: this.#replacements }).run()
  }

  #replaced(step: StepName, replacement: Replacement): Deployment {
    return this.#copy(this.#options, new Map([...this.#replacements, [step, replacement]]))
  }

  #hooked(side: 'before' | 'after', step: StepName, hook: Hook): Deployment {
    const hooks: Hooks = this.#options.hooks ?? {}
    const earlier = hooks[side]?.[step] as Hook | undefined
    const both: Hook = async state => {
      await earlier?.(state)
      await hook(state)
    }
    const changed = { ...hooks, [side]: { ...hooks[side], [step]: both } }
    return this.#copy({ ...this.#options, hooks: changed }, this.#replacements)
  }

  #copy(options: DeployOptions, replacements: ReadonlyMap<string, Replacement>): Deployment {
    const copy = new Deployment(options)
    copy.#replacements = replacements
    return copy
  }
}
