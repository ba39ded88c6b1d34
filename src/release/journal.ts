import { ask, type Command, change } from '../command/command.js'
import type { CommandResult } from '../command/result.js'
import { isPlainName } from './layout.js'

/**
 * What became of a release: `preparing` while it is built, `live` and then `previous` if it was good,
 * `failed` if it never went live, `rolled-back` if it did and was left for an older one, `aborted` if its
 * deployer died, `pruned` when its directory is gone.
 */
export type ReleaseStatus =
  | 'preparing'
  | 'live'
  | 'previous'
  | 'failed'
  | 'rolled-back'
  | 'aborted'
  | 'pruned'

/** What the journal knows of a release; each of its lines adds to it. */
export interface JournalEntry {
  /** The release's name, which is that of its directory. */
  readonly release: string
  readonly status: ReleaseStatus
  /** When it got this status, ISO 8601. */
  readonly at: string
  /** Who deployed it: `user@machine`. */
  readonly by?: string
  readonly revision?: string
  readonly branch?: string
  /** Migrations that were applied by its deploy. */
  readonly migrations?: readonly string[]
  readonly virtualenv?: string
  /** Dump of the database as it was before this release, an absolute path. */
  readonly dump?: string
  /** Dump of the database as this release left it, an absolute path. */
  readonly dumpAfter?: string
  /** How long its deploy had the site off; of the last, if it was made live more than once. */
  readonly downtime?: RecordedDowntime
}

/** How long a site was off, by the server's clock. */
export interface RecordedDowntime {
  /** ISO 8601, with milliseconds. */
  readonly from: string
  /** ISO 8601, with milliseconds. */
  readonly to: string
  readonly milliseconds: number
}

/** What one line says: the status is that of a line before it, if it says none. */
type JournalLine = Pick<JournalEntry, 'release'> & Partial<JournalEntry>

function parseLine(line: string): JournalLine | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null || !('release' in value)) return
    return isPlainName(value.release) ? (value as JournalLine) : undefined // a path would be deleted one day
  } catch {
    return undefined // a line cut short by a power loss says nothing; those before it stand
  }
}

/** The releases of a project, oldest first: in the order in which the journal first names them. */
export class Journal {
  readonly entries: readonly JournalEntry[]
  /** Numbers of lines that say nothing, from 1. */
  readonly damaged: readonly number[]

  private constructor(entries: readonly JournalEntry[], damaged: readonly number[]) {
    this.entries = entries
    this.damaged = damaged
  }

  /** Reads the journal file's text; a line that is no JSON is passed over. */
  static parse(text: string): Journal {
    const releases = new Map<string, JournalLine>()
    const damaged: number[] = []
    for (const [index, line] of text.split('\n').entries()) {
      const entry = parseLine(line)
      if (entry) releases.set(entry.release, { ...releases.get(entry.release), ...entry })
      else if (line !== '') damaged.push(index + 1)
    }
    const entries = [...releases.values()].filter(line => line.status !== undefined) as JournalEntry[]
    return new Journal(entries, damaged)
  }

  /** The entry of a release, by name. */
  find(release: string): JournalEntry | undefined {
    return this.entries.find(entry => entry.release === release)
  }

  /** The release that is live. */
  get live(): JournalEntry | undefined {
    return this.entries.findLast(entry => entry.status === 'live')
  }

  /** Good releases other than the live one, the newest first: what can be gone back to. */
  get previous(): readonly JournalEntry[] {
    return this.entries.filter(entry => entry.status === 'previous').reverse()
  }
}

/** Reads the journal; with {@link journalOf}. */
export function readJournal(file: string): Command {
  return ask`[ ! -e ${file} ] || cat -- ${file}`
}

/** The journal in the result of {@link readJournal}. */
export function journalOf(result: CommandResult): Journal {
  return Journal.parse(result.stdout)
}

/**
 * Adds a line to the journal, by the server's clock: one write, so that a reader never sees half of it. A line
 * that a power loss cut short is ended first, so that it does not spoil this one.
 */
export function record(file: string, entry: Omit<JournalEntry, 'at'>): Command {
  const rest = JSON.stringify(entry).slice(1)
  return change`${lineEnded(file)}
    printf '{"at":"%s",%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" ${rest} >>${file}`
}

/**
 * Adds to what the journal knows of a release how long its site was off: from `$since` to `$until`, in milliseconds since
 * 1970. Its status stays what it is.
 */
export function recordDowntime(file: string, release: string): Command {
  const start = JSON.stringify({ release }).slice(0, -1)
  return change`${lineEnded(file)}
    iso() { date -u -d "@$(($1 / 1000)).$(printf %03d "$(($1 % 1000))")" +%Y-%m-%dT%H:%M:%S.%3NZ; }
    printf '%s,"downtime":{"from":"%s","to":"%s","milliseconds":%d}}\n' ${start} \
      "$(iso "$since")" "$(iso "$until")" "$((until - since))" >>${file}`
}

function lineEnded(file: string): Command {
  return change`[ -z "$(tail -c 1 -- ${file} 2>/dev/null)" ] || echo >>${file}`
}
