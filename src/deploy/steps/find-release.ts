import { ask } from '../../command/command.js'
import { script } from '../../command/script.js'
import { ReleaseError } from '../../errors/release-error.js'
import type { Journal, JournalEntry } from '../../release/journal.js'
import type { Step } from '../step.js'

function choose(journal: Journal | undefined, wanted: string | undefined): JournalEntry | undefined {
  if (wanted === undefined) return journal?.previous[0]
  const entry = journal?.find(wanted)
  return entry?.status === 'pruned' || entry?.status === 'preparing' ? undefined : entry
}

/** Finds the release to roll back to: the last good one, or the named one. Refuses one that is not whole. */
export function findRelease(wanted: string | undefined): Step {
  return {
    name: 'find-release',
    title: 'find the release to go back to',
    phase: 'beside',
    learns: ['target', 'revision'],
    script: ({ host, layout, known, outgoing }) => {
      const journal = known.home?.journal
      const entry = choose(journal, wanted)
      const there = journal?.previous.map(({ release }) => release).join(', ')
      const refused = (why: string) =>
        new ReleaseError(entry ? 'RELEASE_UNUSABLE' : 'NO_SUCH_RELEASE', {
          what: `roll back to ${wanted ?? 'the previous release'}`,
          host: host.name,
          why,
          remedy: there ? `these can be gone back to: ${there}` : 'deploy an older revision instead.',
        })
      if (!entry) throw refused('there is no such release')
      if (entry.release === outgoing) throw refused('it is live')
      return script(
        [ask`[ -d ${layout.release(entry.release)} ]`],
        () => ({
          changed: false,
          note: `${entry.release}, ${entry.revision?.slice(0, 10) ?? 'of unknown revision'}`,
          learned: { target: entry.release, ...(entry.revision && { revision: entry.revision }) },
        }),
        () => refused('its directory is gone'),
      )
    },
  }
}
