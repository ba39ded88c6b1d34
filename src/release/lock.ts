import { hostname, userInfo } from 'node:os'
import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { LockError, type LockOwner } from '../errors/lock-error.js'
import type { Layout } from './layout.js'

/** Who we are, for the others to read. */
export function ownerNow(action: string, message?: string): LockOwner {
  return {
    user: userInfo().username,
    machine: hostname(),
    pid: process.pid,
    since: new Date().toISOString(),
    action,
    ...(message !== undefined && { message }),
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
const CLOSED = 76

/** Seconds after which one who waits looks whether deploys have been forbidden meanwhile. */
const LOOK_S = 2

/** Says whom one waits for. */
const WAITING = String.raw`s/.*"user":"\([^"]*\)","machine":"\([^"]*\)".*/waiting for the lock, which \1@\2 holds/p`

/** Where it stands that deploys are forbidden, and by whom. */
function closedFile({ state }: Layout): string {
  return posix.join(state, 'closed.json')
}

/** Where it stands who holds the lock. */
export function detailsFile({ lock }: Layout): string {
  return `${lock}.json`
}

function explained({
  host,
  exitCode,
  stdout,
}: {
  host: string
  exitCode?: number | undefined
  stdout: string
}) {
  return new LockError(exitCode === CLOSED ? 'CLOSED' : 'LOCKED', host, parseOwner(stdout))
}

/** Puts a file in place whole, out of the standard input. */
function written(file: string): Command {
  return change`cat >${`${file}.new`} && mv -f -- ${`${file}.new`} ${file}`
}

/**
 * Takes the lock of a project: a kernel lock, held by the session's shell and inherited by all that it
 * runs, so that it ends by itself when the last of them has ended. Who holds it stands beside it.
 *
 * Read: nothing. Fails with {@link LockError} when another one holds it for longer than is waited, and at once when
 * deploys are forbidden.
 *
 * @param waitSeconds - how long to wait for another one to end
 */
export function acquireLock(layout: Layout, owner: LockOwner, waitSeconds = 0): Script<void> {
  const { lock } = layout
  const details = detailsFile(layout)
  const closed = closedFile(layout)
  const attempt = change`
    if [ -e ${closed} ]; then code=${CLOSED}
    elif ( : >>${lock} ) && exec 9>>${lock}; then
      flock -n -E ${HELD} 9; code=$? left=${waitSeconds}
      [ "$code" != ${HELD} ] || [ "$left" = 0 ] || sed -n ${WAITING} -- ${details} >&2
      while [ "$code" = ${HELD} ] && [ "$left" -gt 0 ]; do
        step=$((left < ${LOOK_S} ? left : ${LOOK_S})); left=$((left - step))
        flock -w "$step" -E ${HELD} 9; code=$?
        [ ! -e ${closed} ] || code=${CLOSED}
      done
      [ "$code" = 0 ] || exec 9>&-
    else code=1; fi
    if [ "$code" = ${HELD} ]; then # who has just taken it is about to say so
      left=10; until [ -s ${details} ] || [ "$left" = 0 ]; do left=$((left - 1)); sleep 0.1; done
    fi
    case $code in ${HELD}) cat -- ${details} 2>/dev/null;; ${CLOSED}) cat -- ${closed};; esac
    (exit "$code")`
  return script(
    [attempt.inSession(), written(details).withStdin(`${JSON.stringify(owner)}\n`)],
    () => undefined,
    failure => (failure.exitCode === HELD || failure.exitCode === CLOSED ? explained(failure) : failure),
  )
}

/**
 * Takes away who holds the lock, if that is us. It is the last word of every guard: where it stands although the lock is
 * free, the server has stopped before it could put itself back.
 */
export function signOff(layout: Layout): Command {
  return change`! flock -n 9 2>/dev/null || rm -f -- ${detailsFile(layout)}`
}

/** Gives the lock back. */
export function releaseLock(layout: Layout): Script<void> {
  const free = change`${signOff(layout)}; exec 9>&-`
  return script([free.inSession()], () => undefined)
}

/** Forbids deploys until {@link openDeploys}; one that is under way goes on. Fails if they are forbidden. */
export function closeDeploys(layout: Layout, owner: LockOwner): Script<void> {
  const file = closedFile(layout)
  // a hard link to what is whole: of two that try at once only one succeeds
  const close = change`cat >${`${file}.`}$$ || exit
    if ln -- ${`${file}.`}$$ ${file} 2>/dev/null; then code=0; else code=${CLOSED}; fi
    rm -f -- ${`${file}.`}$$; [ "$code" = 0 ] || cat -- ${file}; exit "$code"`
  return script(
    [close.withStdin(`${JSON.stringify(owner)}\n`)],
    () => undefined,
    failure => (failure.exitCode === CLOSED ? explained(failure) : failure),
  )
}

/** Allows deploys again. */
export function openDeploys(layout: Layout): Script<void> {
  return script([change`rm -f -- ${closedFile(layout)}`], () => undefined)
}

/** Asks whether what stands beside the lock, and is for people, can be read. */
export function lockDetailsAreSound(layout: Layout): Script<boolean> {
  const files = [detailsFile(layout), closedFile(layout)]
  const read = files.map(file => ask`cat -- ${file} 2>/dev/null || :`)
  return script(read, said => said.every(({ stdout }) => stdout === '' || parseOwner(stdout) !== undefined))
}

/** Who keeps deploys from running. */
export interface LockState {
  /** Who deploys just now, if anybody does. */
  readonly held: LockOwner | undefined
  /** Who has forbidden deploys. */
  readonly closed: LockOwner | undefined
}

/** Asks who holds the lock, and whether deploys are forbidden. */
export function lookAtLock(layout: Layout): Script<LockState> {
  const { lock } = layout
  const held = ask`[ ! -e ${lock} ] || ! command -v flock >/dev/null || flock -n ${lock} true || cat -- ${detailsFile(layout)} 2>/dev/null || echo '{}'`
  const closed = ask`[ ! -e ${closedFile(layout)} ] || cat -- ${closedFile(layout)}`
  const read = ({ stdout }: { stdout: string }) => (stdout === '' ? undefined : (parseOwner(stdout) ?? {}))
  return script([held, closed], ([by, of]) => ({ held: read(by), closed: read(of) }))
}
