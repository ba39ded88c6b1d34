import { posix } from 'node:path'
import { mapped } from '../../command/script.js'
import { type CronResult, linkCron as link, lookAtCron } from '../../service/cron.js'
import type { StepContext } from '../context.js'
import type { Step, StepOutcome } from '../step.js'

function placeOf({ layout, options: { project, cron } }: StepContext) {
  return { project, root: layout.root, directory: posix.join(layout.live, 'cron'), by: cron }
}

function outcome({ changed, warnings }: CronResult): StepOutcome {
  return { changed: changed.length > 0, note: changed.join(', ') || 'as before', warnings }
}

/** Puts the project's cron files in force. */
export const linkCron: Step = {
  name: 'link-cron',
  title: 'put cron files in force',
  phase: 'after',
  look: context =>
    mapped(lookAtCron(placeOf(context)), result => (result.changed.length > 0 ? undefined : outcome(result))),
  script: context => mapped(link(placeOf(context)), outcome),
}
