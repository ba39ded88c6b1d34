import { mapped } from '../../command/script.js'
import { releaseLock as release } from '../../release/lock.js'
import type { Step } from '../step.js'

/** Gives the lock back. */
export const releaseLock: Step = {
  name: 'release-lock',
  title: 'give the lock back',
  phase: 'after',
  script: ({ layout }) => mapped(release(layout), () => ({ changed: true, note: 'free' })),
}
