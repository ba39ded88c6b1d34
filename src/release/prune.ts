import { ask, type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
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

/** Those that are neither gone nor to go. */
function staying(journal: Journal, gone: readonly JournalEntry[]): readonly JournalEntry[] {
  return journal.entries.filter(entry => entry.status !== 'pruned' && !gone.includes(entry))
}

/** Virtualenvs that only releases in `gone` needed. */
export function unneededVirtualenvs(journal: Journal, gone: readonly JournalEntry[]): readonly string[] {
  const needed = new Set(staying(journal, gone).map(entry => entry.virtualenv))
  const candidates = new Set(gone.map(entry => entry.virtualenv))
  return [...candidates].filter(key => key !== undefined && !needed.has(key)) as string[]
}

/** Dumps that belong to releases in `gone`; what a release that stays could be rolled back with is not among them. */
export function unneededDumps(
  layout: Layout,
  journal: Journal,
  gone: readonly JournalEntry[],
): readonly string[] {
  const needed = new Set(staying(journal, gone).map(entry => entry.dumpAfter))
  const own = gone.flatMap(({ release }) => [layout.dumpBefore(release), layout.dumpOnLeaving(release)])
  const recorded = gone.flatMap(({ dumpAfter }) =>
    dumpAfter?.startsWith(`${layout.dumps}/`) ? [dumpAfter] : [],
  )
  return [...new Set([...own, ...recorded])].filter(dump => !needed.has(dump))
}

/** Removes what is at some paths; what belongs to other users too, where sudo may. */
function removed(paths: readonly string[]): Command {
  return change`rm -rf -- ${paths} 2>/dev/null || sudo -n rm -rf -- ${paths}`
}

/** Removes a release and prints its name, unless the live one has links into it. */
function removeRelease(layout: Layout, { release }: JournalEntry): Command {
  return change`
    links=$(find ${`${layout.live}/`} -xdev -type l -printf '%l\n' 2>/dev/null | grep -F ${`/${release}`})
    case "$links/" in *${`/${release}/`}*|*${`/${release}`}'
'*) exit 0 ;; esac
    { ${removed([layout.release(release)])}; } && ${record(layout.journal, { release, status: 'pruned' })} && echo ${release}`
}

/**
 * Removes releases with what belongs to them.
 *
 * Virtualenvs that no release needs any more, and have not been touched for a day, go too.
 *
 * Read: the names of those that are gone; not among them are those that the live release has links into.
 */
export function prune(
  layout: Layout,
  journal: Journal,
  gone: readonly JournalEntry[],
): Script<readonly string[]> {
  const virtualenvs = unneededVirtualenvs(journal, gone).map(key => `${layout.virtualenvs}/${key}`)
  const needed = staying(journal, gone).flatMap(({ virtualenv }) => virtualenv ?? [])
  const isNeeded = needed.flatMap(key => ['!', '-name', key])
  const stale = change`
    stale=$(find ${layout.virtualenvs} -mindepth 1 -maxdepth 1 -type d -mtime +0 ${isNeeded} 2>/dev/null)
    [ -n "$stale" ] || exit 0
    linked=$(find ${layout.releases} -xdev -type l -lname ${`${layout.virtualenvs}/*`} -printf '%l\n')
    printf '%s\n' "$stale" | grep -vxF -e "$linked" | xargs -rd '\n' rm -rf --`
  const directories = gone.map(({ release }) => layout.release(release))
  const dumps = unneededDumps(layout, journal, gone)
  const rest = change`
    { ${removed(dumps)}; } || exit
    for directory in ${directories}; do [ ! -e "$directory" ] || exit 0; done
    ${virtualenvs.length > 0 ? removed(virtualenvs) : ask`:`} && (${stale})`
  return script([...gone.map(entry => removeRelease(layout, entry)), rest], results =>
    results.slice(0, gone.length).flatMap(({ stdout }) => stdout || []),
  )
}
