import { CancelledError } from '../errors/cancelled-error.js'
import { HookError } from '../errors/hook-error.js'
import { freeName } from '../release/release.js'
import { stopwatch } from '../support/clock.js'
import type { DeployListener } from './events.js'
import { type FetchedState, type Hook, type HookState, type Hooks, hookState } from './hooks.js'
import { HostRun, type Replacement } from './host-run.js'
import type { ResolvedOptions } from './options.js'
import { type DeployResult, exitCodeOf, type Outcome } from './result.js'
import type { Step, StepName } from './step.js'

/** What a run is made of. */
export interface RunPlan {
  readonly action: 'deploy' | 'rollback'
  readonly options: ResolvedOptions
  readonly steps: readonly Step[]
  readonly hooks: Hooks
  readonly replacements: ReadonlyMap<string, Replacement>
}

/** The step before which nothing has been changed yet. */
const PRE_DEPLOY: StepName = 'prepare-release'

/** Runs steps in order, each on all hosts at once, and takes everything back if one fails before the end. */
export class Run {
  readonly #hosts: readonly HostRun[]
  readonly #emit: DeployListener
  readonly #warnings: string[] = []

  constructor(private readonly plan: RunPlan) {
    const { options, action } = plan
    this.#emit = event => {
      if (event.type === 'warning') this.#warnings.push(event.message)
      try {
        options.onEvent?.(event)
      } catch (error) {
        this.#listenerFailed(error) // who only watches cannot fail a deploy
      }
    }
    this.#hosts = options.hosts.map(host => new HostRun(host, options, action, this.#emit))
  }

  #listenerFailed(error: unknown): void {
    const message = `onEvent failed: ${error instanceof Error ? error.message : String(error)}`
    if (!this.#warnings.includes(message)) this.#warnings.push(message)
  }

  async run(): Promise<DeployResult> {
    const { action, options } = this.plan
    const elapsed = stopwatch()
    const { project, environment } = options
    const hosts = this.#hosts.map(({ name }) => name)
    this.#emit({ type: 'started', action, project, environment, hosts })
    let error: Error | undefined
    let outcome: Outcome
    try {
      await this.#throughWindow()
      outcome = (await this.#afterwards()) ? 'deployed' : 'deployed-with-warnings'
    } catch (thrown) {
      error = thrown instanceof Error ? thrown : new Error(String(thrown))
      outcome = await this.#goBack(error)
    }
    const costs = await Promise.all(this.#hosts.map(host => host.close()))
    const result = this.#result(outcome, error, costs, elapsed())
    this.#emit({ type: 'ended', result })
    return result
  }

  async #throughWindow(): Promise<void> {
    for (const step of this.plan.steps) {
      if (step.phase !== 'after') await this.#step(step)
    }
    await Promise.all(this.#hosts.map(host => host.settle()))
  }

  /** The new release is live: whatever fails from here on is a warning. Resolves with true if nothing did. */
  async #afterwards(): Promise<boolean> {
    const { hooks, steps, action } = this.plan
    let allWell = true
    const tolerate = (error: unknown) => {
      allWell = false
      this.#warn(error)
    }
    if (action === 'deploy')
      await this.#hook('postDeploy', hooks.postDeploy as Hook | undefined).catch(tolerate)
    for (const step of steps) {
      if (step.phase === 'after') await this.#step(step).catch(tolerate)
    }
    return allWell
  }

  async #step(step: Step): Promise<void> {
    const { hooks, replacements, action } = this.plan
    const name = step.name as StepName
    if (this.plan.options.signal?.aborted) throw this.#cancelled(step)
    if (name === PRE_DEPLOY && action === 'deploy') await this.#hook('preDeploy', hooks.preDeploy)
    await this.#hook(`before ${name}`, hooks.before?.[name] as Hook | undefined)
    const hosts = step.once ? this.#hosts.slice(0, 1) : this.#hosts
    await settled(hosts.map(host => host.perform(step, replacements.get(name))))
    if (step.once) this.#share()
    if (name === 'acquire-lock') this.#nameRelease()
    await this.#hook(`after ${name}`, hooks.after?.[name] as Hook | undefined)
  }

  /** One name on all hosts, that none of them has used yet. */
  #nameRelease(): void {
    const taken = this.#hosts.flatMap(({ context }) => context.known.home?.journal.entries ?? [])
    const wanted = this.plan.options.releaseName
    const target = freeName(
      wanted,
      taken.map(({ release }) => release),
    )
    if (target === wanted) return
    for (const host of this.#hosts) host.context = host.context.knowing({ target })
  }

  /** What was done once is known on all hosts. */
  #share(): void {
    const migrated = this.#hosts[0]?.context.known.migrated
    if (!migrated) return
    for (const host of this.#hosts) host.context = host.context.knowing({ migrated })
  }

  async #hook(moment: string, hook: Hook | undefined, more: object = {}): Promise<void> {
    if (!hook) return
    const call = async (host: HostRun) => {
      try {
        await hook({ ...hookState(host.context), ...more } as HookState & FetchedState)
      } catch (error) {
        throw new HookError(moment, host.name, error)
      }
    }
    await settled(this.#hosts.map(call))
  }

  async #goBack(error: Error): Promise<Outcome> {
    const { onFailure, onRollback } = this.plan.hooks
    const entered = this.#hosts.some(host => host.enteredWindow)
    this.#emit({ type: 'going-back', error })
    await this.#hook('onFailure', onFailure as Hook | undefined, { error }).catch(thrown =>
      this.#warn(thrown),
    )
    const failures = (await Promise.all(this.#hosts.map(host => host.goBack(error)))).flat()
    for (const failure of failures) this.#warn(failure)
    if (failures.length > 0) return 'rollback-failed'
    if (entered) {
      await this.#hook('onRollback', onRollback as Hook | undefined, { error }).catch(thrown =>
        this.#warn(thrown),
      )
    }
    if (error instanceof CancelledError && error.code === 'CANCELLED') return 'cancelled'
    return entered ? 'rolled-back' : 'failed-before-switch'
  }

  #warn(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.#emit({ type: 'warning', host: undefined, message })
  }

  #cancelled({ title }: Step): CancelledError {
    return new CancelledError('CANCELLED', title, undefined, 'it was cancelled')
  }

  #result(
    outcome: Outcome,
    error: Error | undefined,
    costs: readonly { readonly roundTrips: number; readonly connections: number }[],
    durationMs: number,
  ): DeployResult {
    const { action, options } = this.plan
    const context = this.#hosts[0]?.context
    return {
      outcome,
      exitCode: exitCodeOf(outcome),
      action,
      project: options.project,
      environment: options.environment,
      release: context?.releaseName ?? options.releaseName,
      revision: context?.known.revision,
      commits: context?.known.commits ?? [],
      migrations: context?.known.migrated ?? [],
      downtime: context?.known.downtime,
      steps: this.#hosts.flatMap(host => host.records),
      warnings: this.#warnings,
      error,
      connections: costs.reduce((sum, { connections }) => sum + connections, 0),
      roundTrips: costs.reduce((sum, { roundTrips }) => sum + roundTrips, 0),
      durationMs,
    }
  }
}

/** Waits for all, so that none is left running, then throws what failed first in order. */
async function settled(promises: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(promises)
  const failure = outcomes.find(outcome => outcome.status === 'rejected')
  if (failure) throw failure.reason
}
