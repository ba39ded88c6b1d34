import { posix } from 'node:path'
import { ask } from '../command/command.js'
import type { Host } from '../host/host.js'
import { acquireLock, detailsFile, ownerNow } from '../release/lock.js'
import { guardOf } from './batch.js'
import type { StepContext } from './context.js'
import { errorOf } from './result.js'
import type { Step } from './step.js'

/** Seconds that a server may take to put itself back. */
const GUARD_LIMIT_S = 90

/** What a server has done by itself, whose deployer was lost to it. */
export interface GuardEnd {
  /** True if the release went live all the same: there was nothing to take back any more. */
  readonly finished: boolean
  /** True if it has stopped before it could put itself back, as in a power cut. */
  readonly stopped: boolean
  /** Why nobody knows, or that it is not as it was. */
  readonly failure: Error | undefined
}

/** Waits until a server has put itself back: the guard runs while it still holds the lock. */
export async function awaitGuard(
  host: Host,
  { layout, outgoing, releaseName }: StepContext,
): Promise<GuardEnd> {
  const look = 'readlink -- "$1" || echo; [ ! -e "$2" ] || echo stopped'
  const files = [layout.live, detailsFile(layout)]
  const wait = ask`flock -w ${GUARD_LIMIT_S} ${layout.lock} sh -c ${look} sh ${files}`
  const waiting = host.ownSession()
  try {
    const [said] = await waiting.runAll([wait])
    const [live = '', stopped] = (said?.stdout ?? '').split('\n')
    const name = posix.basename(live)
    const isAsBefore = name === (outgoing ?? '')
    const failure = isAsBefore ? undefined : new Error(`${layout.live} points at ${live || 'nothing'}`)
    const finished = name === releaseName && name !== outgoing
    return { finished, stopped: stopped !== undefined, failure }
  } catch (error) {
    return { finished: false, stopped: false, failure: errorOf(error) }
  } finally {
    await waiting.closeSession()
  }
}

/** Takes the lock of a server that has stopped before it could put itself back: then that is ours to do, and to be guarded. */
export async function takeOver(context: StepContext, undone: readonly Step[]): Promise<Error | undefined> {
  const { host, layout, action } = context
  try {
    await host.perform(acquireLock(layout, ownerNow(action)))
    await host.guardWith(guardOf(undone.toReversed(), context))
    return undefined
  } catch (error) {
    return errorOf(error)
  }
}
