import { hostname, userInfo } from 'node:os'
import { change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { LockError, type LockOwner } from '../errors/lock-error.js'
import type { Layout } from './layout.js'

/** Who we are, for the others to read. */
export function ownerNow(action: string): LockOwner {
  return {
    user: userInfo().username,
    machine: hostname(),
    pid: process.pid,
    since: new Date().toISOString(),
    action,
  }
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as LockOwner) : undefined
  } catch {
    return undefined // it is for messages only: the kernel knows who holds the lock
  }
}

const HELD = 75

/**
 * Takes the lock of a project: a kernel lock, held by the session's shell and inherited by all that it
 * runs, so that it ends by itself when the last of them has ended. Who holds it stands beside it.
 *
 * Read: nothing. Fails with {@link LockError} when another one holds it.
 */
export function acquireLock({ lock }: Layout, owner: LockOwner): Script<void> {
  const details = `${lock}.json`
  const attempt = change`
    if ( : >>${lock} ) && exec 9>>${lock}; then
      flock -n -E ${HELD} 9 || { cat -- ${details} 2>/dev/null; exec 9>&-; (exit ${HELD}); }
    else (exit 1); fi`
  const sign = change`cat >${details}.new && mv -f -- ${details}.new ${details}`
  return script(
    [attempt.inSession(), sign.withStdin(`${JSON.stringify(owner)}\n`)],
    () => undefined,
    failure =>
      failure.exitCode === HELD ? new LockError(failure.host, parseOwner(failure.stdout)) : failure,
  )
}

/** Gives the lock back. */
export function releaseLock({ lock }: Layout): Script<void> {
  return script([change`rm -f -- ${`${lock}.json`}; exec 9>&-`.inSession()], () => undefined)
}
