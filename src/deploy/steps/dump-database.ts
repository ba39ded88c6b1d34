import { mapped } from '../../command/script.js'
import type { Step } from '../step.js'

/** Dumps the database as it was before this release. */
export const dumpDatabase: Step = {
  name: 'dump-database',
  title: 'dump the database',
  phase: 'beside',
  once: true,
  skip: ({ options }) => (options.database ? undefined : 'there is no database'),
  script: ({ layout, releaseName, outgoing, action, credentials, options: { database } }) => {
    if (!database) throw new Error('skipped without a database')
    const file =
      action === 'deploy' ? layout.dumpBefore(releaseName) : layout.dumpOnLeaving(outgoing ?? releaseName)
    return mapped(database.dumpScript(file, credentials), ({ bytes }) => ({
      changed: true,
      note: `${(bytes / 1024).toFixed(1)} KiB, verified`,
      learned: { dump: file },
    }))
  },
}
