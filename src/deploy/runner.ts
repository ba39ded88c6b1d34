import { CancelledError } from '../errors/cancelled-error.js'
import { stopwatch } from '../support/clock.js'
import type { Tell } from './events.js'
import { HookCalls } from './hook-calls.js'
import { wayBackGroups } from './host-group.js'
import { HostRun } from './host-run.js'
import { Listeners } from './listeners.js'
import { needsOf } from './needs.js'
import { watched } from './questions.js'
import { type DeployResult, errorOf, exitCodeOf, type HostResult, type Outcome } from './result.js'
import { Rotation } from './rotation.js'
import type { RunPlan } from './run-plan.js'
import { StepLoop } from './step-loop.js'

type Cost = Pick<HostResult, 'roundTrips' | 'connections'>

/** Runs a plan, and takes everything back if a step fails before the new release is live. */
export class Run {
  readonly #hosts: readonly HostRun[]
  readonly #listeners: Listeners
  readonly #emit: Tell
  readonly #warnings: string[] = []
  readonly #hooks: HookCalls
  readonly #loop: StepLoop
  readonly #rotation: Rotation

  constructor(private readonly plan: RunPlan) {
    const { options, action } = plan
    this.#listeners = new Listeners(options.onEvent, this.#warnings)
    this.#emit = happening => this.#listeners.tell(happening)
    this.#rotation = new Rotation(options.balancers)
    const asking = { ...options, questions: watched(options.questions, this.#emit), needs: needsOf(plan) }
    this.#hosts = options.hosts.map(host => new HostRun(host, asking, action, this.#emit, this.#rotation))
    const led = [...this.#hosts]
    this.#hooks = new HookCalls(led, this.#emit)
    this.#loop = new StepLoop(plan, led, this.#hooks, error => this.#warn(error))
  }

  async run(): Promise<DeployResult> {
    const { action, options, steps } = this.plan
    const elapsed = stopwatch()
    const { project, environment } = options
    const hosts = this.#hosts.map(({ name }) => name)
    const names = steps.map(({ name }) => name)
    this.#emit({ type: 'started', action, project, environment, hosts, steps: names })
    let error: Error | undefined
    let outcome: Outcome
    try {
      outcome = (await this.#loop.run()) ? 'deployed' : 'deployed-with-warnings'
    } catch (thrown) {
      error = errorOf(thrown)
      outcome = await this.#goBack(error)
      if (outcome === 'deployed-with-warnings') error = undefined
    }
    await options.source.close?.().catch(thrown => this.#warn(thrown))
    const balancing = await this.#rotation.close(thrown => this.#warn(thrown))
    const costs = await Promise.all(this.#hosts.map(host => host.close()))
    const result = this.#result(outcome, error, [...costs, ...balancing], elapsed())
    this.#emit({ type: 'ended', result })
    await this.#listeners.settled()
    return result
  }

  async #goBack(error: Error): Promise<Outcome> {
    const { onFailure, onRollback } = this.plan.hooks
    const entered = this.#hosts.some(host => host.enteredWindow)
    this.#emit({ type: 'going-back', error })
    const warn = (thrown: unknown) => this.#warn(thrown)
    await this.#hooks.callOnFailure('onFailure', onFailure, error).catch(warn)
    const failures = await this.#takeBack(error)
    for (const failure of failures) this.#warn(failure)
    if (this.#hosts.every(host => host.finishedAlone)) {
      warn(error)
      warn('the server finished the deploy by itself: the new release is live')
      return 'deployed-with-warnings'
    }
    if (failures.length > 0) return 'rollback-failed'
    if (entered) {
      await this.#hooks.callOnFailure('onRollback', onRollback, error).catch(warn)
    }
    if (error instanceof CancelledError && error.code === 'CANCELLED') return 'cancelled'
    return entered ? 'rolled-back' : 'failed-before-switch'
  }

  /** Lets all go back, in an order that keeps the site up; nobody waits for those that are out of reach. */
  async #takeBack(error: Error): Promise<readonly Error[]> {
    const failures: Error[] = []
    const { steps, replacements } = this.plan
    const left = steps.filter(({ phase, name }) => phase === 'after' && !replacements.has(name))
    const goBack = async (hosts: readonly HostRun[]) => {
      failures.push(...(await Promise.all(hosts.map(host => host.goBack(error, left)))).flat())
    }
    const areLost = await Promise.all(this.#hosts.map(host => host.isOutOfReach(error)))
    const lost = this.#hosts.filter((_, index) => areLost[index])
    const switched = this.#hosts.filter(host => host.enteredWindow)
    const others = this.#hosts.filter(host => !switched.includes(host) && !lost.includes(host))
    const groups = [...wayBackGroups(switched, lost, this.plan.options.atATime), others]
    const waited = groups.flat()
    const alone = goBack(lost.filter(host => !waited.includes(host)))
    for (const group of groups) await goBack(group)
    await alone
    return failures
  }

  #warn(error: unknown): void {
    const { message } = errorOf(error)
    this.#emit({ type: 'warning', host: undefined, message })
  }

  #result(
    outcome: Outcome,
    error: Error | undefined,
    /** Of the hosts, in their order, then of balancers. */
    costs: readonly Cost[],
    durationMs: number,
  ): DeployResult {
    const { action, options } = this.plan
    const { context } = this.#hosts.find(({ isPrimary }) => isPrimary) ?? {}
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
      hosts: this.#hosts.flatMap((host, index) => {
        const cost = costs[index]
        return cost ? [host.result(outcome, cost)] : []
      }),
      steps: this.#hosts.flatMap(host => host.records),
      warnings: this.#warnings,
      error,
      connections: costs.reduce((sum, { connections }) => sum + connections, 0),
      roundTrips: costs.reduce((sum, { roundTrips }) => sum + roundTrips, 0),
      durationMs,
    }
  }
}
