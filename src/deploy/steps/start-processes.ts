import { mapped, together } from '../../command/script.js'
import type { StepContext } from '../context.js'
import type { Step } from '../step.js'

/** Those that can run beside those of the old release. */
function scriptsOf({ processPlace, options: { processes = [] } }: StepContext) {
  return processes.flatMap(each => each.start?.(processPlace) ?? [])
}

/** Starts processes of the release beside those that do the work: one that does not come up is never noticed by visitors. */
export const startProcesses: Step = {
  name: 'start-processes',
  title: 'start the processes of the release',
  phase: 'beside',
  needs: ({ processes = [] }) => processes.flatMap(each => each.needs ?? []),
  skip: context => {
    if (scriptsOf(context).length === 0) return 'there are none that can be started yet'
    const pending = context.known.pendingMigrations?.length ?? 0
    return pending > 0 || context.needsWindow ? 'they need the new database' : undefined
  },
  script: context =>
    mapped(together(...scriptsOf(context)), () => ({
      changed: true,
      note: 'they answer, beside the old ones',
    })),
  undo: ({ processPlace, options: { processes = [] } }) => processes.map(each => each.retire(processPlace)),
}
