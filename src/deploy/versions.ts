import type { Host } from '../host/host.js'
import { lookAtHome } from '../release/home.js'
import type { JournalEntry } from '../release/journal.js'
import { Release } from '../release/release.js'

/** A release on a server. */
export interface Version extends JournalEntry {
  /** The host, as it was named in the options. */
  readonly host: string
  /** True if the live link points at it. */
  readonly live: boolean
}

/** Whose versions are listed. */
export interface VersionsOptions {
  readonly project: string
  readonly hosts: readonly Host[]
  /** @defaultValue `Release.under('/var/django')` */
  readonly release?: Release
}

/**
 * Lists the releases of a project, the newest first. Those with the status `previous` can be gone back to.
 * Reads the journal and the live link; one round trip for each host.
 *
 * @throws {@link ConnectionError} when a host cannot be reached
 */
export async function versions({ project, hosts, release }: VersionsOptions): Promise<readonly Version[]> {
  const layout = (release ?? Release.under('/var/django')).layoutOf(project)
  const lists = await Promise.all(
    hosts.map(async original => {
      const before = original.connects
      const host = original.ownSession()
      try {
        const { journal, live } = await host.perform(lookAtHome(layout))
        return journal.entries
          .filter(({ status }) => status !== 'pruned')
          .map(entry => ({ ...entry, host: host.name, live: entry.release === live }))
          .reverse()
      } finally {
        await host.closeSession()
        if (original.connects > before) await original.close()
      }
    }),
  )
  return lists.flat()
}
