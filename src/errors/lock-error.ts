import { DyeError } from './dye-error.js'

/** Who holds the lock of a project, as far as is known. */
export interface LockOwner {
  readonly user?: string
  readonly machine?: string
  readonly pid?: number
  /** ISO 8601. */
  readonly since?: string
  readonly action?: string
  /** What they have to say about it. */
  readonly message?: string
}

function describe({ user, machine, since, action, message, pid }: LockOwner, closed: boolean): string {
  const who = user ? ` by ${user}@${machine}` : ''
  const when = since ? ` since ${since}` : ''
  const why = message ? ` (“${message}”)` : ''
  if (closed) return `deploys are forbidden${who}${when}${why}`
  return user
    ? `a ${action ?? 'deploy'}${who} (process ${pid}) is running${when}${why}`
    : `another deploy is running${why}`
}

/**
 * Another deploy of the same project is under way on the host, or deploys have been forbidden there by `lock()`.
 *
 * Codes: `LOCKED`, `CLOSED`.
 */
export class LockError extends DyeError {
  /** Who holds the lock, or has forbidden deploys, if that could be read. */
  readonly owner: LockOwner | undefined

  constructor(code: 'LOCKED' | 'CLOSED', host: string, owner: LockOwner | undefined) {
    const closed = code === 'CLOSED'
    super(code, {
      what: 'take the deploy lock',
      host,
      why: describe(owner ?? {}, closed),
      remedy: closed
        ? 'ask them, or allow deploys again: unlock(options).'
        : 'wait until it has ended (option lock: { wait: "5m" }); the lock is freed by itself, also when its owner dies.',
    })
    this.owner = owner
  }
}
