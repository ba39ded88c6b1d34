import { mapped } from '../../command/script.js'
import { downtime, siteOn as on } from '../../web-server/downtime.js'
import type { Step } from '../step.js'

/** Takes the maintenance page away. */
export const siteOn: Step = {
  name: 'site-on',
  title: 'take the maintenance page away',
  phase: 'window',
  skip: ({ known }) => (known.offSince ? undefined : 'the site was not off'),
  script: ({ layout, known }) =>
    mapped(on(layout.maintenance), onSince => {
      const time = downtime(known.offSince ?? onSince, onSince)
      return {
        changed: true,
        note: `the site was off for ${time.milliseconds} ms`,
        learned: { downtime: time },
      }
    }),
}
