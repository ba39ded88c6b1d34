import { DyeError } from './dye-error.js'

/** Who holds the lock of a project, as far as is known. */
export interface LockOwner {
  readonly user?: string
  readonly machine?: string
  readonly pid?: number
  /** ISO 8601. */
  readonly since?: string
  readonly action?: string
}

function describe(owner: LockOwner | undefined): string {
  if (!owner?.user) return 'another deploy is running'
  const since = owner.since ? ` since ${owner.since}` : ''
  return `a ${owner.action ?? 'deploy'} by ${owner.user}@${owner.machine} (process ${owner.pid}) is running${since}`
}

/**
 * Another deploy of the same project is under way on the host.
 *
 * Code: `LOCKED`.
 */
export class LockError extends DyeError {
  /** Who holds the lock, if that could be read. */
  readonly owner: LockOwner | undefined

  constructor(host: string, owner: LockOwner | undefined) {
    super('LOCKED', {
      what: 'take the deploy lock',
      host,
      why: describe(owner),
      remedy: 'wait until it has ended; the lock is freed by itself, also when its owner dies.',
    })
    this.owner = owner
  }
}
