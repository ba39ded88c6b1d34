import type { HookCalls } from './hook-calls.js'
import { HostGroup, switchGroups } from './host-group.js'
import type { HostRun, Progress } from './host-run.js'
import type { RunPlan } from './run-plan.js'
import type { Step } from './step.js'

/** Leads the hosts through the steps, all of them together; but to the new release so many at a time as the options say. */
export class StepLoop {
  readonly #steps: readonly Step[]
  readonly #all: HostGroup

  constructor(
    private readonly plan: RunPlan,
    /** Those that are led; one that is lost, and may be, is taken out. */
    private readonly hosts: HostRun[],
    private readonly hooks: HookCalls,
    private readonly warn: (error: unknown) => void,
  ) {
    this.#all = new HostGroup(plan, hosts, hooks, warn)
    const leftOut = { skip: () => 'left out by you' }
    this.#steps = plan.steps.map(step =>
      plan.replacements.get(step.name) === 'nothing' ? { ...step, ...leftOut } : step,
    )
  }

  /** Resolves with true if nothing failed; once the new release is live, whatever fails is a warning. */
  async run(): Promise<boolean> {
    const count = this.hosts.length
    let allWell = true
    let live = false
    const tolerate = (error: unknown) => {
      allWell = false
      this.warn(error)
    }
    const [first] = this.#steps
    if (first) await this.#all.reachAll(first)
    for (let at = 0; at < this.#steps.length; ) {
      if (this.#steps[at]?.phase === 'after' && !live) {
        live = true
        const left = this.#steps.slice(at).filter(({ name }) => !this.plan.replacements.has(name))
        await Promise.all(this.hosts.map(host => host.settle(left)))
        await this.hooks.call('postDeploy', this.#all.postDeploy).catch(tolerate)
      }
      const { done, error } = await this.#next(this.#steps.slice(at))
      at += done
      if (error === undefined) continue
      if (this.#steps[at - 1]?.phase !== 'after') throw error
      tolerate(error)
    }
    return allWell && this.hosts.length === count
  }

  /** What comes next, on all hosts; or all that has to be done to some before it is done to others. */
  async #next(steps: readonly Step[]): Promise<Progress> {
    const end = steps.findIndex(({ rolling }) => !rolling)
    const rolling = end < 0 ? steps : steps.slice(0, end)
    const groups = switchGroups(this.hosts, this.plan.options.atATime)
    return rolling.length === 0 || groups.length === 1
      ? this.#all.advance(steps)
      : this.#roll(rolling, groups)
  }

  async #roll(steps: readonly Step[], groups: readonly (readonly HostRun[])[]): Promise<Progress> {
    for (const hosts of groups) {
      const group = new HostGroup(this.plan, [...hosts], this.hooks, this.warn)
      for (let at = 0; at < steps.length; ) {
        const { done, error } = await group.advance(steps.slice(at))
        at += done
        if (error !== undefined) return { done: at, error }
      }
    }
    return { done: steps.length }
  }
}
