import { posix } from 'node:path'
import { mapped } from '../../command/script.js'
import { type CronResult, linkCron as link, lookAtCron } from '../../service/cron.js'
import type { StepContext } from '../context.js'
import type { Step, StepOutcome } from '../step.js'

function placeOf({ layout, options: { project } }: StepContext) {
  return { project, directory: posix.join(layout.live, 'cron') }
}

function outcome({ changed, renamed }: CronResult): StepOutcome {
  return {
    changed: changed.length > 0,
    note: changed.join(', ') || 'as before',
    warnings: renamed.map(names => `cron would ignore ${names.replace(' ', ', so it is ')}`),
  }
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
