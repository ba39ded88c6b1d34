import { lookAtHome } from '../../release/home.js'
import type { JournalEntry } from '../../release/journal.js'
import { type ProjectOptions, performOnEach } from '../on-each.js'

/** A release on a server. */
export interface Version extends JournalEntry {
  /** The host, as it was named in the options. */
  readonly host: string
  /** True if the live link points at it. */
  readonly live: boolean
}

/**
 * Lists the releases of a project, the newest first. Those with the status `previous` can be gone back to.
 * Reads the journal and the live link; one round trip for each host.
 *
 * @throws {@link ConnectionError} when a host cannot be reached
 */
export async function versions(options: ProjectOptions): Promise<readonly Version[]> {
  const said = await performOnEach(options, lookAtHome)
  return said.flatMap(({ host, value: { journal, live } }) =>
    journal.entries
      .filter(({ status }) => status !== 'pruned')
      .map(entry => ({ ...entry, host, live: entry.release === live }))
      .reverse(),
  )
}
