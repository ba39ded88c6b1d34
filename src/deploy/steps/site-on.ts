import { mapped } from '../../command/script.js'
import type { Step } from '../step.js'
import { onAgain } from './site-off.js'

/** Takes the maintenance page away. */
export const siteOn: Step = {
  name: 'site-on',
  title: 'take the maintenance page away',
  phase: 'window',
  foresees: () => ({ off: false }),
  skip: ({ known }) => (known.off ? undefined : 'the site was not off'),
  script: context =>
    mapped(onAgain(context), downtime => ({
      changed: true,
      note: downtime ? `the site was off for ${downtime.milliseconds} ms` : 'it was on',
      learned: { off: false, ...(downtime && { downtime }) },
    })),
}
