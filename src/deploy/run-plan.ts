import type { StepContext } from './context.js'
import type { Hooks } from './hooks.js'
import type { ResolvedOptions } from './options.js'
import type { Action } from './result.js'
import type { Step } from './step.js'

/** What stands in for a step: a function, or nothing at all. */
export type Replacement = ((context: StepContext) => Promise<void>) | 'nothing'

/** What a run is made of. */
export interface RunPlan {
  readonly action: Action
  readonly options: ResolvedOptions
  readonly steps: readonly Step[]
  readonly hooks: Hooks
  readonly replacements: ReadonlyMap<string, Replacement>
}
