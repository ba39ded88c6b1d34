import { posix } from 'node:path'
import { ask } from '../command/command.js'
import type { Host } from '../host/host.js'
import type { StepContext } from './context.js'

/** Seconds that a server may take to put itself back. */
const GUARD_LIMIT_S = 90

/** What a server has done by itself, whose deployer was lost to it. */
export interface GuardEnd {
  /** True if the release went live all the same: there was nothing to take back any more. */
  readonly finished: boolean
  /** Why nobody knows, or that it is not as it was. */
  readonly failure: Error | undefined
}

/** Waits until a server has put itself back: the guard runs while it still holds the lock. */
export async function awaitGuard(
  host: Host,
  { layout, outgoing, releaseName }: StepContext,
): Promise<GuardEnd> {
  const wait = ask`flock -w ${GUARD_LIMIT_S} ${layout.lock} sh -c ${'readlink -- "$1" || :'} sh ${layout.live}`
  const waiting = host.ownSession()
  try {
    const [live] = await waiting.runAll([wait])
    const name = posix.basename(live?.stdout ?? '')
    const isAsBefore = name === (outgoing ?? '')
    const failure = isAsBefore
      ? undefined
      : new Error(`${layout.live} points at ${live?.stdout || 'nothing'}`)
    return { finished: name === releaseName && name !== outgoing, failure }
  } catch (error) {
    return { finished: false, failure: error instanceof Error ? error : new Error(String(error)) }
  } finally {
    await waiting.closeSession()
  }
}
