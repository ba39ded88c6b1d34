import { posix } from 'node:path'
import { mapped } from '../../command/script.js'
import { linkCron as link } from '../../service/cron.js'
import type { Step } from '../step.js'

/** Puts the project's cron files in force. */
export const linkCron: Step = {
  name: 'link-cron',
  title: 'put cron files in force',
  phase: 'after',
  script: ({ layout, options: { project } }) =>
    mapped(link({ project, directory: posix.join(layout.live, 'cron') }), ({ changed, renamed }) => ({
      changed: changed.length > 0,
      note: changed.join(', ') || 'as before',
      warnings: renamed.map(names => `cron would ignore ${names.replace(' ', ', so it is ')}`),
    })),
}
