import { posix } from 'node:path'
import { ask, type Command } from '../command/command.js'
import { script, together } from '../command/script.js'
import { ConnectionError } from '../errors/connection-error.js'
import type { Host } from '../host/host.js'
import { acquireLock, detailsFile, ownerNow } from '../release/lock.js'
import { retry } from '../support/retry.js'
import { finishOf, guardOf } from './batch.js'
import type { StepContext } from './context.js'
import type { HostTeller } from './host-teller.js'
import type { ResolvedOptions } from './options.js'
import { errorOf } from './result.js'
import type { Step } from './step.js'

/** Seconds that a server may take to put itself back. */
const GUARD_LIMIT_S = 90

/** Seconds that a server may take to start its services, once it lets us in. */
const BOOT_LIMIT_S = 120

/** Milliseconds between two looks whether a server is there again. */
const LOOK_MS = { firstDelayMs: 1_000, longestDelayMs: 5_000 }

/** After a power cut: waits for the services, since sshd may be there before the database. */
const booted = ask`! command -v systemctl || timeout ${BOOT_LIMIT_S} systemctl is-system-running --wait || :`

/** How long it is waited for a server that is out of reach. */
interface Patience {
  /** Milliseconds; 0: it has to be there at once. */
  readonly limitMs: number
  /** Ends the waiting. */
  readonly signal: AbortSignal | undefined
  /** Is told once that it is waited. */
  onWait(): void
}

/** A server that was being switched is waited for: after a power cut nobody else puts its site on. */
export function patienceOf(
  { reconnectTimeout, signal }: ResolvedOptions,
  wasSwitching: boolean,
  teller: Pick<HostTeller, 'warn'>,
): Patience {
  const limitMs = wasSwitching ? reconnectTimeout : 0
  const onWait = () => teller.warn(`it is waited ${limitMs / 1000} s at most until it can be reached`)
  return { limitMs, signal, onWait }
}

/** What a server has done by itself, whose deployer was lost to it. */
export interface GuardEnd {
  /** True if the release went live all the same: there was nothing to take back any more. */
  readonly finished: boolean
  /** True if it has stopped before it could put itself back, as in a power cut. */
  readonly stopped: boolean
  /** True if its visitors do not see the maintenance page. */
  readonly isOn: boolean
  /** Why nobody knows, or that it is not as it was. */
  readonly failure: Error | undefined
}

/** Waits until a server can be reached, and has put itself back: the guard runs while it still holds the lock. */
export async function awaitGuard(
  host: Host,
  { layout, outgoing, releaseName }: StepContext,
  patience: Patience,
): Promise<GuardEnd> {
  const look =
    'readlink -- "$1" || echo; [ -e "$2" ] && echo stopped || echo; [ -e "$3" ] && echo off || echo on'
  const files = [layout.live, detailsFile(layout), layout.maintenance]
  const wait = ask`flock -w ${GUARD_LIMIT_S} ${layout.lock} sh -c ${look} sh ${files}`
  const waiting = host.ownSession()
  try {
    const [said] = await patiently(() => waiting.runAll([wait]), patience)
    const [live = '', stopped, shown] = (said?.stdout ?? '').split('\n')
    const name = posix.basename(live)
    const isAsBefore = name === (outgoing ?? '')
    const failure = isAsBefore ? undefined : new Error(`${layout.live} points at ${live || 'nothing'}`)
    const finished = name === releaseName && name !== outgoing
    return { finished, stopped: stopped === 'stopped', isOn: shown === 'on', failure }
  } catch (error) {
    return { finished: false, stopped: false, isOn: false, failure: errorOf(error) }
  } finally {
    await waiting.closeSession()
  }
}

/** Tries again while a server is out of reach: it may be booting, and let nobody in yet. */
function patiently<T>(attempt: () => Promise<T>, { limitMs, signal, onWait }: Patience): Promise<T> {
  let lost: ConnectionError | undefined
  const mayPass = (error: unknown) => {
    if (!(error instanceof ConnectionError) || limitMs === 0) return false
    if (!lost) onWait()
    lost = error
    return true
  }
  const policy = { ...LOOK_MS, limitMs, mayPass, ...(!signal?.aborted && { signal }) }
  return retry(attempt, policy).catch(error => {
    throw signal?.aborted && lost ? lost : error // nobody knows how it did, whoever has ended the waiting
  })
}

/** Takes the lock of a server that has stopped before it could put itself back: then that is ours to do, and to be guarded. */
export function takeOver(context: StepContext, undone: readonly Step[]): Promise<Error | undefined> {
  return resume(context, guardOf(undone.toReversed(), context))
}

/**
 * Does what is left on a server that has stopped once its new release was live and its site on, as far as it can be done.
 *
 * @returns why it is not known how it is there
 */
export async function finish(
  context: StepContext,
  left: readonly Step[],
  warn: (error: Error) => void,
): Promise<Error | undefined> {
  const commands = finishOf(left, context)
  const failure = await resume(context, commands)
  if (!failure) await context.host.runAll(commands).catch(error => warn(errorOf(error)))
  return failure
}

/** Takes the lock again once the services are up; from then on the server does the commands by itself, should it lose us. */
async function resume(
  { host, layout, action }: StepContext,
  guard: readonly Command[],
): Promise<Error | undefined> {
  const services = script([booted], () => undefined)
  try {
    await host.perform(together(acquireLock(layout, ownerNow(action)), services))
    await host.guardWith(guard)
    return undefined
  } catch (error) {
    return errorOf(error)
  }
}
