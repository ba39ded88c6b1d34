import { posix } from 'node:path'
import type { StepContext } from './context.js'

/** Links to the virtualenv of a release: to the one in use, to a new one, and to the one that was in use before. */
export function virtualenvLinks({ releasePath, options: { virtualenv } }: StepContext) {
  const link = posix.join(releasePath, virtualenv?.path ?? '')
  return { link, next: `${link}.next`, before: `${link}.before` }
}
