import { mapped } from '../../command/script.js'
import type { StepContext } from '../context.js'
import type { Step } from '../step.js'

function fileOf({ layout, releaseName, outgoing, action }: StepContext): string {
  return action === 'deploy' ? layout.dumpBefore(releaseName) : layout.dumpOnLeaving(outgoing ?? releaseName)
}

/** Dumps the database as it was before this release. */
export const dumpDatabase: Step = {
  name: 'dump-database',
  title: 'dump the database',
  phase: 'beside',
  once: true,
  needs: ({ database }) => database?.needs ?? [],
  skip: ({ options }) => (options.database ? undefined : 'there is no database'),
  foresees: context => ({ dump: fileOf(context) }),
  script: context => {
    const { database } = context.options
    if (!database) throw new Error('skipped without a database')
    const file = fileOf(context)
    return mapped(database.dumpScript(file, context.credentials), ({ bytes }) => ({
      changed: true,
      note: `${(bytes / 1024).toFixed(1)} KiB, verified`,
      learned: { dump: file },
    }))
  },
}
