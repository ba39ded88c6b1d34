import { stripVTControlCharacters } from 'node:util'
import type { Question } from '../deploy/questions.js'
import type { DeployResult, Outcome, StepRecord } from '../deploy/result.js'
import type { Commit } from '../source/source.js'

/** A sign for what became of a step. */
export const MARK: Record<StepRecord['status'], string> = {
  changed: '✔',
  unchanged: '·',
  skipped: '-',
  failed: '✖',
  undone: '↶',
}

/** An outcome for people. */
export const OUTCOME: Record<Outcome, string> = {
  deployed: 'deployed',
  'deployed-with-warnings': 'deployed, with warnings',
  'failed-before-switch': 'failed; the old release was never touched',
  'rolled-back': 'failed; the old release is live again',
  'rollback-failed': 'failed, and could not be taken back: look at the server',
  cancelled: 'cancelled; the old release is live',
}

/** Commits that are listed. */
const SHOWN = 10

/** A duration for people: `12 ms`, `3.4 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${ms} ms`
  const tenths = Math.round(ms / 100)
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** A number of bytes for people: `12.3 MiB`. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB']
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}

/** What a server has printed, as it may stand on a terminal: nothing in it moves the cursor, colours or rings. */
export function harmless(text: string): string {
  const seen = stripVTControlCharacters(text).replace(/[^\n]*\r(?=[^\n])/g, '') // progress overwrites itself
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must go
  return seen.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '').replaceAll('\t', '  ')
}

/** A text that fits a width; undefined: any. */
export function fitted(text: string, width: number | undefined): string {
  const characters = [...text]
  if (width === undefined || characters.length <= width) return text
  return width < 1 ? '' : `${characters.slice(0, width - 1).join('')}…`
}

/** A text in lines that fit a width, broken at spaces, all but the first indented; undefined: as it is. */
export function wrapped(text: string, width: number | undefined, indent = '  '): readonly string[] {
  if (width === undefined || text.length <= width) return text.split('\n')
  const lines: string[] = []
  const longest = new RegExp(`.{1,${Math.max(width - indent.length, 1)}}`, 'gu') // what is longer is broken anywhere
  for (const word of text.split(/ +|\n/).flatMap(each => each.match(longest) ?? [])) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines.push(`${lines.pop()} ${word}`)
    else lines.push(last === undefined ? word : indent + word)
  }
  return lines
}

/** How many: `1 commit`, `2 commits`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** The first line of an error's message. */
export function headline(error: Error): string {
  return harmless(error.message.split('\n', 1)[0] ?? '')
}

/** How long the site was off. */
export function downtimeOf({ downtime }: DeployResult): string {
  return downtime ? `off for ${duration(downtime.milliseconds)}` : 'never off'
}

/** Release and short revision. */
export function releaseOf({ release, revision }: DeployResult): string {
  return revision ? `${release} (${revision.slice(0, 10)})` : release
}

/** The newest commits, a line each. */
export function commitLines(commits: readonly Commit[]): readonly string[] {
  const lines = commits
    .slice(0, SHOWN)
    .map(({ revision, subject, author }) => harmless(`${revision.slice(0, 10)} ${subject} (${author})`))
  return commits.length > SHOWN ? [...lines, `… and ${commits.length - SHOWN} more`] : lines
}

/** How a question is told of to those who only watch. */
export function asked(question: Question, message: string): string {
  return `? ${harmless(message)} (${question})`
}

/** True if what was to be live is live. */
export function isGood(outcome: Outcome): boolean {
  return outcome === 'deployed' || outcome === 'deployed-with-warnings'
}
