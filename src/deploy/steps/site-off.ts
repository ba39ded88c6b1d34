import { mapped } from '../../command/script.js'
import { siteOff as off, siteOn as on } from '../../web-server/downtime.js'
import type { StepContext } from '../context.js'
import type { Step } from '../step.js'

/** Puts the site on again, and writes down how long it was off. */
export function onAgain({ site, layout, releaseName, options: { webServer } }: StepContext) {
  return on(site, webServer, { journal: layout.journal, release: releaseName })
}

/** Shows the maintenance page, if the database has to change. */
export const siteOff: Step = {
  name: 'site-off',
  title: 'show the maintenance page',
  phase: 'window',
  foresees: () => ({ off: true }),
  skip: context => {
    if (!context.options.webServer) return 'there is no web server'
    return context.needsWindow ? undefined : 'the site can stay on'
  },
  script: ({ site, options: { webServer } }) =>
    mapped(off(site, webServer), warning => ({
      changed: true,
      note: 'the site is off',
      learned: { off: true },
      warnings: warning === undefined ? [] : [warning],
    })),
  undo: context => onAgain(context).commands,
  afterUndo: (results, context) => {
    const downtime = onAgain(context).read(results)
    return { off: false, ...(downtime && { downtime }) }
  },
}
