import { mapped, script, together } from '../../command/script.js'
import { lookAtHome } from '../../release/home.js'
import type { JournalEntry } from '../../release/journal.js'
import { type LockState, lookAtLock } from '../../release/lock.js'
import type { Commit, Source } from '../../source/source.js'
import { type ProjectOptions, performOnEach } from '../on-each.js'

/** Whose status is asked for. */
export interface StatusOptions extends ProjectOptions {
  /** Lets the status tell the commits of the live release. @defaultValue none */
  readonly source?: Source
}

/** What is live on a host, and who keeps it from being deployed. */
export interface HostStatus extends LockState {
  /** The host, as it was named in the options. */
  readonly host: string
  /** The live release: revision, branch, when it came, by whom, how long it had the site off; undefined if there is none. */
  readonly live: JournalEntry | undefined
  /** Commits of the live release, the newest first; 100 at most, none without a source. */
  readonly commits: readonly Commit[]
}

/**
 * Tells which release is live on each host, its log, and who deploys at the moment or has forbidden it. Changes
 * nothing; one round trip for each host.
 *
 * @throws {@link ConnectionError} when a host cannot be reached
 */
export async function status(options: StatusOptions): Promise<readonly HostStatus[]> {
  const said = await performOnEach(options, layout =>
    mapped(
      together(
        lookAtHome(layout),
        lookAtLock(layout),
        options.source?.log(layout.live) ?? script([], (): readonly Commit[] => []),
      ),
      ([{ journal, live }, locks, commits]) => ({
        ...locks,
        live:
          live === undefined ? undefined : (journal.find(live) ?? { release: live, status: 'live', at: '' }),
        commits,
      }),
    ),
  )
  return said.map(({ host, value }) => ({ host, ...value }))
}
