import { mapped } from '../../command/script.js'
import { siteOff as off, siteOn as on } from '../../web-server/downtime.js'
import type { Step } from '../step.js'

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
  script: ({ layout }) =>
    mapped(off(layout.maintenance), () => ({
      changed: true,
      note: 'the site is off',
      learned: { off: true },
    })),
  undo: ({ layout }) => on(layout.maintenance).commands,
  afterUndo: (results, { layout }) => {
    const downtime = on(layout.maintenance).read(results)
    return { off: false, ...(downtime && { downtime }) }
  },
}
