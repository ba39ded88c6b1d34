import { ask } from '../../command/command.js'
import { script } from '../../command/script.js'
import { ReleaseError } from '../../errors/release-error.js'
import type { Journal, JournalEntry } from '../../release/journal.js'
import { siteOn } from '../../web-server/downtime.js'
import type { Known, StepContext } from '../context.js'
import type { Step } from '../step.js'

/** Shortest part of a revision by which a release is found. */
const SHORTEST_REVISION = 7

/** Releases that are whole, as far as the journal knows, the best to go back to first. */
function candidates(journal: Journal | undefined, wanted: string | undefined): readonly JournalEntry[] {
  if (wanted === undefined) return journal?.previous ?? []
  const entries = (journal?.entries ?? []).filter(
    ({ status }) => status !== 'pruned' && status !== 'preparing',
  )
  const named = entries.filter(({ release }) => release === wanted)
  if (named.length > 0 || wanted.length < SHORTEST_REVISION) return named
  const good = (journal?.previous ?? []).filter(({ revision }) => revision?.startsWith(wanted))
  return [...good, ...entries.filter(({ revision }) => revision?.startsWith(wanted)).reverse()]
}

/** Finds, for all hosts, the last good release, or that with a name or revision, which each of them has. */
export function agreeOnRelease(wanted: string | undefined): (contexts: readonly StepContext[]) => Known {
  return contexts => {
    const [first = [], ...others] = contexts.map(({ known }) => candidates(known.home?.journal, wanted))
    const common = first.find(({ release }) =>
      others.every(entries => entries.some(entry => entry.release === release)),
    )
    return common ? { target: common.release } : {}
  }
}

/** Makes sure of the release to roll back to, that was agreed on. Refuses one that is not whole. */
export function findRelease(wanted: string | undefined): Step {
  return {
    name: 'find-release',
    title: 'find the release to go back to',
    phase: 'beside',
    learns: ['revision'],
    script: ({ host, layout, known, outgoing, site, options: { webServer } }) => {
      const journal = known.home?.journal
      const entry = known.target === undefined ? undefined : journal?.find(known.target)
      const there = journal?.previous.map(({ release }) => release).join(', ')
      const refused = (why: string) =>
        new ReleaseError(entry ? 'RELEASE_UNUSABLE' : 'NO_SUCH_RELEASE', {
          what: `roll back to ${wanted ?? 'the previous release'}`,
          host: host.name,
          why,
          remedy: there ? `these can be gone back to: ${there}` : 'deploy an older revision instead.',
        })
      if (!entry) throw refused('there is no such release, or not on all hosts')
      if (entry.release === outgoing) throw refused('it is live')
      return script(
        // a server that lost its power in the middle of a deploy has its site off
        [ask`[ -d ${layout.release(entry.release)} ]`, ...siteOn(site, webServer).commands],
        () => ({
          changed: false,
          note: `${entry.release}, ${entry.revision?.slice(0, 10) ?? 'of unknown revision'}`,
          ...(entry.revision && { learned: { revision: entry.revision } }),
        }),
        (failure, index) => (index === 0 ? refused('its directory is gone') : failure),
      )
    },
  }
}
