import { CancelledError } from '../errors/cancelled-error.js'
import { type Batch, shortened } from './batch.js'
import { BetweenSteps } from './between-steps.js'
import type { HookCalls } from './hook-calls.js'
import type { Hook } from './hooks.js'
import type { HostRun, Progress } from './host-run.js'
import { inParallel } from './in-parallel.js'
import { inTurn } from './on-each.js'
import type { RunPlan } from './run-plan.js'
import type { Step } from './step.js'

/** Groups of so many, in order. */
export function groupsOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

/** True if the site is off on all hosts for a migration. */
function isOff(hosts: readonly HostRun[]): boolean {
  return hosts.some(({ context }) => context.needsWindow)
}

/** Those that are switched together, in order: all, if the site is off for a migration. */
export function switchGroups(hosts: readonly HostRun[], atATime: number): readonly (readonly HostRun[])[] {
  return groupsOf(hosts, isOff(hosts) ? hosts.length : atATime)
}

/**
 * Those that go back together, in order: where the site is off, the one with the database first, since nobody may write before
 * that is as it was; else as they were switched, but the last first: the others keep the site up.
 *
 * @param lost - those that nobody waits for
 */
export function wayBackGroups(
  hosts: readonly HostRun[],
  lost: readonly HostRun[],
  atATime: number,
): readonly (readonly HostRun[])[] {
  const reached = hosts.filter(host => !lost.includes(host))
  if (!isOff(hosts)) return groupsOf(reached, atATime).toReversed()
  return [hosts.filter(({ isPrimary }) => isPrimary), reached.filter(({ isPrimary }) => !isPrimary)]
}

/** Hosts that do each step together. What has neither a hook nor a decision between it goes in one round trip. */
export class HostGroup {
  readonly #between: BetweenSteps

  constructor(
    private readonly plan: RunPlan,
    /** Those that are led; one that is lost, and may be, is taken out. */
    private readonly hosts: HostRun[],
    private readonly hooks: HookCalls,
    private readonly warn: (error: unknown) => void,
  ) {
    this.#between = new BetweenSteps(plan, hosts.length)
  }

  get postDeploy(): Hook | undefined {
    return this.#between.postDeploy
  }

  /** Several are reached side by side: the first step takes them one after the other. */
  async reachAll(first: Step): Promise<void> {
    if (this.hosts.length === 1) return
    const { error } = await this.#onHosts({ ...first, inTurn: false }, host => host.reach(first))
    if (error !== undefined) throw error
  }

  /** Does the next step, and with it those that can go in the same round trip, between their hooks. */
  async advance(steps: readonly Step[]): Promise<Progress> {
    const [first] = steps
    if (!first) return { done: 0 }
    const call = (moment: string, hook: Hook | undefined) => this.hooks.call(moment, hook, this.hosts)
    try {
      if (this.plan.options.signal?.aborted) {
        throw CancelledError.bySignal(first.title, undefined)
      }
      await call('preDeploy', this.#between.preDeploy(first))
      await call(`before ${first.name}`, this.#between.before(first))
    } catch (error) {
      return { done: 1, error }
    }
    const progress = await this.#perform(first, steps)
    if (progress.error !== undefined) return progress
    const ended = steps.slice(0, progress.done)
    try {
      for (const step of ended) this.#conclude(step)
      const last = ended.at(-1) ?? first
      await call(`after ${last.name}`, this.#between.after(last))
    } catch (error) {
      return { ...progress, error }
    }
    return progress
  }

  async #perform(first: Step, steps: readonly Step[]): Promise<Progress> {
    const replacement = this.plan.replacements.get(first.name)
    if (typeof replacement === 'function') {
      return this.#onHosts(first, host => host.replace(first, replacement))
    }
    const group = this.#between.together(steps)
    let batches: ReadonlyMap<HostRun, Batch>
    try {
      batches = new Map(this.#hostsOf(first).map(host => [host, host.compose(group)]))
    } catch (error) {
      return { done: 1, error }
    }
    const length = Math.min(...[...batches.values()].map(({ entries }) => entries.length))
    const next = length === group.length ? this.#between.lookable(steps, length, this.hooks.neverWait) : []
    return this.#onHosts(first, async host => {
      const batch = batches.get(host)
      return batch ? host.perform(shortened(batch, length), next) : { done: length }
    })
  }

  /** What is done once is done on the host that was chosen for it. */
  #hostsOf({ once, inTurn: isInTurn }: Step): readonly HostRun[] {
    if (once) return this.hosts.filter(({ isPrimary }) => isPrimary)
    return isInTurn ? inTurn(this.hosts) : [...this.hosts]
  }

  /** On all of its hosts, or on so many at a time as the options allow; what touches the running site, on all at once. */
  async #onHosts(step: Step, act: (host: HostRun) => Promise<Progress>): Promise<Progress> {
    const beside = step.phase === 'beside' ? this.plan.options.parallel : Number.POSITIVE_INFINITY
    const progress = await inParallel(
      this.#hostsOf(step),
      step.inTurn ? 1 : beside,
      async host => {
        const acted = await act(host)
        return acted.error !== undefined && this.#giveUp(host, step, acted.error) ? undefined : acted
      },
      acted => acted?.error !== undefined,
    )
    const acted = progress.filter(each => each !== undefined)
    return acted.find(({ error }) => error !== undefined) ?? acted[0] ?? { done: 1 }
  }

  /** Leaves a host behind that cannot be reached, if there may be such, as long as the site is as it was on all. */
  #giveUp(host: HostRun, { phase }: Step, error: unknown): boolean {
    const { hosts, tolerate } = this.plan.options
    const mayBe = phase === 'beside' && host.isLost(error) && !host.isPrimary
    if (!mayBe || hosts.length - this.hosts.length >= tolerate) return false
    this.hosts.splice(this.hosts.indexOf(host), 1)
    host.giveUp(error)
    this.warn(error)
    return true
  }

  #conclude(step: Step): void {
    const learned = step.conclude?.(this.hosts.map(({ context }) => context))
    if (!learned) return
    for (const host of this.hosts) host.context = host.context.knowing(learned)
  }
}
