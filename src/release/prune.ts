import { type Command, change } from '../command/command.js'
import type { Journal, JournalEntry } from './journal.js'
import { record } from './journal.js'
import type { Layout } from './layout.js'

/** Failed releases that are kept for looking at. */
const FAILED_KEPT = 2

const BAD = ['failed', 'rolled-back', 'aborted']

/** Which releases can go: by status, never by the age of directories; failed ones never push out good ones. */
export function superfluous(journal: Journal, keep: number): readonly JournalEntry[] {
  const bad = journal.entries.filter(entry => BAD.includes(entry.status)).reverse()
  return [...journal.previous.slice(keep), ...bad.slice(FAILED_KEPT)]
}

/** Virtualenvs that only releases in `gone` needed. */
export function unneededVirtualenvs(journal: Journal, gone: readonly JournalEntry[]): readonly string[] {
  const stay = journal.entries.filter(entry => entry.status !== 'pruned' && !gone.includes(entry))
  const needed = new Set(stay.map(entry => entry.virtualenv))
  const candidates = new Set(gone.map(entry => entry.virtualenv))
  return [...candidates].filter(key => key !== undefined && !needed.has(key)) as string[]
}

/** Removes releases with what belongs to them; files of other users too, where sudo may. */
export function prune(
  layout: Layout,
  gone: readonly JournalEntry[],
  virtualenvs: readonly string[],
): Command[] {
  const paths = [
    ...gone.map(({ release }) => layout.release(release)),
    ...gone.flatMap(({ release }) => [layout.dumpBefore(release), layout.dumpOnLeaving(release)]),
    ...virtualenvs.map(key => `${layout.virtualenvs}/${key}`),
  ]
  return [
    change`rm -rf -- ${paths} 2>/dev/null || sudo -n rm -rf -- ${paths}`,
    ...gone.map(({ release }) => record(layout.journal, { release, status: 'pruned' })),
  ]
}
