import { CancelledError } from '../errors/cancelled-error.js'
import { freeName } from '../release/release.js'
import { shortened } from './batch.js'
import type { HookCalls } from './hook-calls.js'
import type { Hook } from './hooks.js'
import type { HostRun, Progress } from './host-run.js'
import type { RunPlan } from './run-plan.js'
import type { Step, StepName } from './step.js'

/** The step before which nothing has been changed yet. */
const PRE_DEPLOY: StepName = 'prepare-release'

/**
 * Leads the hosts through the steps, all of them together. What has neither a hook nor a decision between it
 * goes in one round trip.
 */
export class StepLoop {
  readonly #steps: readonly Step[]

  constructor(
    private readonly plan: RunPlan,
    private readonly hosts: readonly HostRun[],
    private readonly hooks: HookCalls,
    private readonly warn: (error: unknown) => void,
  ) {
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
        await this.hooks.call('postDeploy', this.#postDeploy).catch(tolerate)
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
      if (first.name === PRE_DEPLOY) await this.hooks.call('preDeploy', this.#preDeploy)
      await this.hooks.call(`before ${first.name}`, this.#before(first))
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
      await this.hooks.call(`after ${last.name}`, this.#after(last))
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
      const group = this.#together(steps)
      const batches = hosts.map(host => ({ host, batch: host.compose(group) }))
      const length = Math.min(...batches.map(({ batch }) => batch.entries.length))
      const performed = batches.map(({ host, batch }) => host.perform(shortened(batch, length)))
      return firstFailed(await Promise.all(performed))
    } catch (error) {
      return { done: 1, error }
    }
  }

  /** The steps from the first on between which nothing has to be done here, and no host has to wait for another. */
  #together(steps: readonly Step[]): readonly Step[] {
    const end = steps.findIndex((step, index) => {
      const previous = steps[index - 1]
      return (
        previous !== undefined && (this.#isBusyBetween(previous, step) || this.#haveToMeet(previous, step))
      )
    })
    return steps.slice(0, end < 0 ? steps.length : end)
  }

  #isBusyBetween(previous: Step, next: Step): boolean {
    const goesLive = next.phase === 'after' && previous.phase !== 'after'
    return (
      this.#after(previous) !== undefined ||
      this.#before(next) !== undefined ||
      (next.name === PRE_DEPLOY && this.#preDeploy !== undefined) ||
      (goesLive && this.#postDeploy !== undefined) ||
      typeof this.plan.replacements.get(next.name) === 'function'
    )
  }

  /** Several hosts go side by side only as long as the site is as it was; a question is for all of them. */
  #haveToMeet(previous: Step, next: Step): boolean {
    if (this.hosts.length === 1) return false
    return [previous, next].some(({ phase, once, asks }) => phase !== 'beside' || once || asks)
  }

  get #preDeploy(): Hook | undefined {
    return this.plan.action === 'deploy' ? this.plan.hooks.preDeploy : undefined
  }

  get #postDeploy(): Hook | undefined {
    return this.plan.action === 'deploy' ? (this.plan.hooks.postDeploy as Hook | undefined) : undefined
  }

  #before({ name }: Step): Hook | undefined {
    return this.plan.hooks.before?.[name as StepName] as Hook | undefined
  }

  #after({ name }: Step): Hook | undefined {
    return this.plan.hooks.after?.[name as StepName] as Hook | undefined
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
