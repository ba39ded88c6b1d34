import { mapped } from '../../command/script.js'
import { scheduleDumps as schedule } from '../../service/daily-dump.js'
import type { Step } from '../step.js'

/** Sets up a dump every night. */
export const scheduleDumps: Step = {
  name: 'schedule-dumps',
  title: 'schedule nightly dumps',
  phase: 'after',
  once: true,
  skip: ({ options }) => (options.database && options.dailyDumps ? undefined : 'none are wanted'),
  script: ({ layout, liveCredentials, options: { project, database, dailyDumps } }) => {
    const dump = (file: string) => {
      const command = database?.dumpScript(file, liveCredentials).commands[0]
      if (!command) throw new Error('skipped without a database')
      return command
    }
    const place = { project, dumps: layout.dumps, state: layout.state, dump, days: dailyDumps || 0 }
    return mapped(schedule(place), changed => ({
      changed,
      note: `${changed ? 'set up' : 'as before'}, kept for ${dailyDumps} days`,
    }))
  },
}
