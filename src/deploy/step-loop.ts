import { CancelledError } from '../errors/cancelled-error.js'
import { freeName } from '../release/release.js'
import { shortened } from './batch.js'
import { BetweenSteps } from './between-steps.js'
import type { HookCalls } from './hook-calls.js'
import type { HostRun, Progress } from './host-run.js'
import type { RunPlan } from './run-plan.js'
import type { Step } from './step.js'

/**
 * Leads the hosts through the steps, all of them together. What has neither a hook nor a decision between it
 * goes in one round trip.
 */
export class StepLoop {
  readonly #steps: readonly Step[]
  readonly #between: BetweenSteps

  constructor(
    private readonly plan: RunPlan,
    private readonly hosts: readonly HostRun[],
    private readonly hooks: HookCalls,
    private readonly warn: (error: unknown) => void,
  ) {
    this.#between = new BetweenSteps(plan, hosts.length)
    const leftOut = { skip: () => 'left out by you' }
    this.#steps = plan.steps.map(step =>
      plan.replacements.get(step.name) === 'nothing' ? { ...step, ...leftOut } : step,
    )
  }

  /** Resolves with true if nothing failed; once the new release is live, whatever fails is a warning. */
  async run(): Promise<boolean> {
    let allWell = true
    let live = false
    const tolerate = (error: unknown) => {
      allWell = false
      this.warn(error)
    }
    for (let at = 0; at < this.#steps.length; ) {
      if (this.#steps[at]?.phase === 'after' && !live) {
        live = true
        await Promise.all(this.hosts.map(host => host.settle()))
        await this.hooks.call('postDeploy', this.#between.postDeploy).catch(tolerate)
      }
      const { done, error } = await this.#advance(this.#steps.slice(at))
      at += done
      if (error === undefined) continue
      if (this.#steps[at - 1]?.phase !== 'after') throw error
      tolerate(error)
    }
    return allWell
  }

  /** Does the next step, and with it those that can go in the same round trip, between their hooks. */
  async #advance(steps: readonly Step[]): Promise<Progress> {
    const [first] = steps
    if (!first) return { done: 0 }
    try {
      if (this.plan.options.signal?.aborted) {
        throw new CancelledError('CANCELLED', first.title, undefined, 'it was cancelled')
      }
      await this.hooks.call('preDeploy', this.#between.preDeploy(first))
      await this.hooks.call(`before ${first.name}`, this.#between.before(first))
    } catch (error) {
      return { done: 1, error }
    }
    const progress = await this.#perform(first, steps)
    if (progress.error !== undefined) return progress
    const ended = steps.slice(0, progress.done)
    if (ended.some(({ name }) => name === 'acquire-lock')) this.#nameRelease()
    if (ended.some(({ once }) => once)) this.#share()
    const last = ended.at(-1) ?? first
    try {
      await this.hooks.call(`after ${last.name}`, this.#between.after(last))
    } catch (error) {
      return { ...progress, error }
    }
    return progress
  }

  async #perform(first: Step, steps: readonly Step[]): Promise<Progress> {
    const hosts = first.once ? this.hosts.slice(0, 1) : this.hosts
    const replacement = this.plan.replacements.get(first.name)
    if (typeof replacement === 'function') {
      return firstFailed(await Promise.all(hosts.map(host => host.replace(first, replacement))))
    }
    try {
      const group = this.#between.together(steps)
      const batches = hosts.map(host => ({ host, batch: host.compose(group) }))
      const length = Math.min(...batches.map(({ batch }) => batch.entries.length))
      const next = length === group.length ? this.#between.lookable(steps, length, this.hooks.neverWait) : []
      const performed = batches.map(({ host, batch }) => host.perform(shortened(batch, length), next))
      return firstFailed(await Promise.all(performed))
    } catch (error) {
      return { done: 1, error }
    }
  }

  /** One name on all hosts, that none of them has used yet. */
  #nameRelease(): void {
    const taken = this.hosts.flatMap(({ context }) => context.known.home?.journal.entries ?? [])
    const wanted = this.plan.options.releaseName
    const target = freeName(
      wanted,
      taken.map(({ release }) => release),
    )
    if (target === wanted) return
    for (const host of this.hosts) host.context = host.context.knowing({ target })
  }

  /** What was done once is known on all hosts. */
  #share(): void {
    const migrated = this.hosts[0]?.context.known.migrated
    if (!migrated) return
    for (const host of this.hosts) host.context = host.context.knowing({ migrated })
  }
}

function firstFailed(progress: readonly Progress[]): Progress {
  return progress.find(({ error }) => error !== undefined) ?? progress[0] ?? { done: 1 }
}
