import { script, together } from '../../command/script.js'
import type { Host } from '../../host/host.js'
import type { Loan } from '../../host/loan.js'
import { lookAtHome } from '../../release/home.js'
import { type Known, StepContext } from '../context.js'
import type { ResolvedOptions } from '../options.js'
import type { Rotation } from '../rotation.js'
import type { Step } from '../step.js'
import { foretell } from './foretelling.js'
import type { PlannedStep } from './plan.js'
import { makeScratch, Rehearsal } from './rehearsal.js'
import { rehearsed, requirementChanges } from './rehearsals.js'

/** A plan on one host: what is there, and what the release to come is like, which is made in a directory of its own. */
export class HostPlan {
  readonly steps: PlannedStep[] = []
  readonly warnings: string[] = []
  /** True if something that was seen would stop the deploy. */
  stops = false

  private constructor(
    private readonly original: Host,
    private readonly loan: Loan,
    private readonly host: Host,
    private readonly rehearsal: Rehearsal,
    public context: StepContext,
  ) {}

  /** Looks at a host. Whatever becomes of the plan, {@link HostPlan.close} has to be called. */
  static async open(original: Host, options: ResolvedOptions, rotation: Rotation): Promise<HostPlan> {
    const loan = original.lend()
    // nothing that Python imports is compiled into places that are there
    const host = loan.host.withEnv({ PYTHONDONTWRITEBYTECODE: '1' })
    const scratch = script([makeScratch], ([{ stdout }]) => stdout)
    try {
      const [home, directory] = await host.perform(together(lookAtHome(options.layout), scratch))
      const rehearsal = new Rehearsal(options.layout, directory, options.releaseName)
      await host.guardWith([rehearsal.removal])
      const context = new StepContext(host, { ...options, layout: rehearsal }, 'deploy', { home }, rotation)
      return new HostPlan(original, loan, host, rehearsal, context)
    } catch (error) {
      await loan.giveBack()
      throw error
    }
  }

  get name(): string {
    return this.original.name
  }

  get isPrimary(): boolean {
    return this.original === this.context.options.primary
  }

  /** Finds out what a step would do here, and notes it. */
  async plan(step: Step): Promise<void> {
    if (this.steps.some(({ what }) => what === 'fail')) {
      this.steps.push({
        step: step.name,
        host: this.host.name,
        what: 'unknown',
        note: 'it would not come to that',
      })
      return
    }
    const rehearse = rehearsed(step.name)
    const omen = rehearse ? await rehearse(this.context, this.rehearsal) : await foretell(step, this.context)
    const { what, note, outcome, stops } = omen
    if (stops) this.stops = true
    const foreseen = what === 'skip' ? {} : step.foresees?.(this.context)
    this.learn({ ...foreseen, ...outcome?.learned })
    this.warnings.push(...(outcome?.warnings ?? []).map(warning => `${this.host.name}: ${warning}`))
    this.steps.push({ step: step.name, host: this.host.name, what, note })
  }

  learn(known: Known): void {
    this.context = this.context.knowing(known)
  }

  /** Lines of requirement files that change. */
  requirements(): Promise<readonly string[]> {
    return this.host.perform(requirementChanges(this.context))
  }

  async close(): Promise<void> {
    try {
      await this.host.runAll([this.rehearsal.removal])
      await this.host.guardWith([])
    } finally {
      await this.loan.giveBack()
    }
  }
}
