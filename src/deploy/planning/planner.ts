import type { Journal } from '../../release/journal.js'
import type { Hooks } from '../hooks.js'
import { descriptionOf } from '../hooks.js'
import { needsOf } from '../needs.js'
import type { ResolvedOptions } from '../options.js'
import { Rotation } from '../rotation.js'
import type { RunPlan } from '../run-plan.js'
import type { Step } from '../step.js'
import { HostPlan } from './host-plan.js'
import type { Plan, PlannedHook } from './plan.js'

/** How long the site was off in earlier deploys, in the middle. */
function usualDowntime(journal: Journal | undefined): number | undefined {
  const times = (journal?.entries ?? []).flatMap(({ downtime }) => downtime?.milliseconds ?? [])
  return times.sort((one, other) => one - other)[Math.floor(times.length / 2)]
}

function hooksOf(hooks: Hooks): readonly PlannedHook[] {
  const { preDeploy, postDeploy, before = {}, after = {} } = hooks
  const moments = (side: string, of: object) =>
    Object.entries(of).map(([step, hook]) => [`${side} ${step}`, hook] as const)
  const all = [
    ['preDeploy', preDeploy],
    ...moments('before', before),
    ...moments('after', after),
    ['postDeploy', postDeploy],
  ] as const
  return all.flatMap(([moment, hook]) =>
    typeof hook === 'function' ? [{ moment, description: descriptionOf(hook) }] : [],
  )
}

/** Finds out, step by step and on all hosts at once, what a run would do. */
export class Planner {
  constructor(private readonly plan: RunPlan) {}

  async make(): Promise<Plan> {
    const { steps, replacements } = this.plan
    const options = { ...this.plan.options, needs: needsOf(this.plan) }
    const rotation = new Rotation(options.balancers)
    const opened = await Promise.allSettled(options.hosts.map(host => HostPlan.open(host, options, rotation)))
    const hosts = opened.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
    try {
      const failed = opened.find(each => each.status === 'rejected')
      if (failed) throw failed.reason
      for (const step of steps) {
        const replacement = replacements.get(step.name)
        if (replacement === undefined) await this.#foretell(step, hosts)
        else this.#passBy(step, hosts, replacement === 'nothing' ? 'left out by you' : undefined)
      }
      const primary = hosts.find(({ isPrimary }) => isPrimary) ?? hosts[0]
      if (!primary) throw new Error('there are no hosts')
      return await this.#summary(primary, hosts, options)
    } finally {
      await rotation.close(() => {}) // nothing is out
      await Promise.all(hosts.map(host => host.close()))
    }
  }

  async #foretell(step: Step, hosts: readonly HostPlan[]): Promise<void> {
    const mine = step.once ? hosts.filter(({ isPrimary }) => isPrimary) : hosts
    await Promise.all(mine.map(host => host.plan(step)))
    const concluded = step.conclude?.(hosts.map(({ context }) => context))
    if (concluded) for (const host of hosts) host.learn(concluded)
  }

  #passBy(step: Step, hosts: readonly HostPlan[], reason: string | undefined): void {
    const what = reason === undefined ? 'unknown' : 'skip'
    const note = reason ?? 'a function of yours does it'
    for (const host of hosts) host.steps.push({ step: step.name, host: host.name, what, note })
  }

  async #summary(primary: HostPlan, hosts: readonly HostPlan[], options: ResolvedOptions): Promise<Plan> {
    const { known, needsWindow, source, outgoing } = primary.context
    const planned = hosts.flatMap(host => host.steps)
    const order = this.plan.steps.map(({ name }) => name as string)
    return {
      project: options.project,
      environment: options.environment,
      source: source.title,
      live:
        outgoing === undefined
          ? undefined
          : { release: outgoing, revision: known.home?.journal.find(outgoing)?.revision },
      revision: known.revision,
      commits: known.commits ?? [],
      pendingMigrations: known.pendingMigrations ?? [],
      migrationsAreSure: primary.steps.every(
        ({ step, what }) => step !== 'ensure-database' || what !== 'unknown',
      ),
      requirements: known.revision === undefined ? [] : await primary.requirements(),
      downtime: { expected: needsWindow, usualMs: usualDowntime(known.home?.journal) },
      steps: planned.toSorted((one, other) => order.indexOf(one.step) - order.indexOf(other.step)),
      hooks: hooksOf(this.plan.hooks),
      warnings: hosts.flatMap(({ warnings }) => warnings),
      isClear: hosts.every(({ stops }) => !stops),
    }
  }
}
