import { ask } from '../../command/command.js'
import { script } from '../../command/script.js'
import { type Journal, journalOf, readJournal } from '../../release/journal.js'
import type { Examination, Found } from './examination.js'

function damagedLines({ damaged }: Journal, file: string): readonly Found[] {
  if (damaged.length === 0) return []
  const lines = damaged.length === 1 ? `line ${damaged[0]}` : `lines ${damaged.join(', ')}`
  const message = `${lines} of the journal cannot be read, so that what stood there is not known any more`
  return [
    {
      ...{ code: 'JOURNAL_DAMAGED', severity: 'warning', message },
      remedy: `see what became of them in ${file}, and take them out; all other lines count`,
    },
  ]
}

function missingReleases({ previous }: Journal, there: ReadonlySet<string>): readonly Found[] {
  const gone = previous.filter(({ release }) => !there.has(release)).map(({ release }) => release)
  if (gone.length === 0) return []
  const message = `releases that the journal takes for good are not there: ${gone.join(', ')}`
  return [
    {
      ...{ code: 'RELEASE_MISSING', severity: 'warning', message },
      remedy: 'bring them back from a backup, or do without: a rollback cannot go there',
    },
  ]
}

function unknownReleases(
  { entries }: Journal,
  there: ReadonlySet<string>,
  directory: string,
): readonly Found[] {
  const known = new Set(entries.map(({ release }) => release))
  const unknown = known.size === 0 ? [] : [...there].filter(name => !known.has(name))
  if (unknown.length === 0) return []
  const message = `the journal knows nothing of what is in ${directory}: ${unknown.join(', ')}`
  return [
    {
      ...{ code: 'RELEASE_UNKNOWN', severity: 'note', message },
      remedy: 'no deploy will delete it: do so by hand, if it is of no use',
    },
  ]
}

/** Reads the journal, and compares it with the releases that are there. */
export const journal: Examination = ({ layout }) =>
  script(
    [readJournal(layout.journal).acceptingAny(), ask`ls -- ${layout.releases} 2>/dev/null`.acceptingAny()],
    ([text, listed]) => {
      const read = journalOf(text)
      const there = new Set(listed.lines)
      return [
        ...damagedLines(read, layout.journal),
        ...missingReleases(read, there),
        ...unknownReleases(read, there, layout.releases),
      ]
    },
  )
