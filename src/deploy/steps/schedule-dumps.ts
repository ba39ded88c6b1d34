import { mapped } from '../../command/script.js'
import { type DailyDump, lookAtDumps, scheduleDumps as schedule } from '../../service/daily-dump.js'
import type { StepContext } from '../context.js'
import type { Step, StepOutcome } from '../step.js'

function wantedBy({ layout, liveCredentials, options }: StepContext): DailyDump {
  const { project, database, dailyDumps, cron } = options
  const dump = (file: string) => {
    const command = database?.dumpScript(file, liveCredentials).commands[0]
    if (!command) throw new Error('skipped without a database')
    return command
  }
  return { project, dumps: layout.dumps, state: layout.state, dump, days: dailyDumps || 0, by: cron }
}

function outcome(changed: boolean, { options: { dailyDumps } }: StepContext): StepOutcome {
  return { changed, note: `${changed ? 'set up' : 'as before'}, kept for ${dailyDumps} days` }
}

/** Sets up a dump every night. */
export const scheduleDumps: Step = {
  name: 'schedule-dumps',
  title: 'schedule nightly dumps',
  phase: 'after',
  once: true,
  skip: ({ options }) => (options.database && options.dailyDumps ? undefined : 'none are wanted'),
  look: context =>
    mapped(lookAtDumps(wantedBy(context)), changed => (changed ? undefined : outcome(changed, context))),
  script: context => mapped(schedule(wantedBy(context)), changed => outcome(changed, context)),
}
