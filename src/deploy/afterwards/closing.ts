import { script, together } from '../../command/script.js'
import { LockError } from '../../errors/lock-error.js'
import { makeHome } from '../../release/home.js'
import { closeDeploys, openDeploys, ownerNow } from '../../release/lock.js'
import { inTurn, type ProjectOptions, performOnce, performOnEach } from '../on-each.js'

/** Which project nobody is to deploy, and why. */
export interface ClosingOptions extends ProjectOptions {
  /** For those who try: `closed for the fair`. */
  readonly message?: string
}

/**
 * Forbids deploys and rollbacks of a project, on all its hosts, until {@link unlock}. One that is under way goes on;
 * one that waits for the lock stops waiting. Writes a file beside the lock, with who did it, when and why.
 *
 * @throws {@link LockError} with the code `CLOSED` when they are forbidden already, on one of the hosts
 * @example
 * ```ts
 * await lock({ ...options, message: 'closed for the fair' })
 * ```
 */
export async function lock(options: ClosingOptions): Promise<void> {
  const owner = ownerNow('lock', options.message)
  const closed: ProjectOptions['hosts'][number][] = []
  try {
    for (const host of inTurn(options.hosts)) {
      await performOnce(host, options, layout =>
        together(
          script([makeHome(layout)], () => undefined),
          closeDeploys(layout, owner),
        ),
      )
      closed.push(host)
    }
  } catch (error) {
    if (error instanceof LockError) await unlock({ ...options, hosts: closed })
    throw error
  }
}

/** Allows deploys of a project again, whoever forbade them. */
export async function unlock(options: ProjectOptions): Promise<void> {
  await performOnEach(options, openDeploys)
}
