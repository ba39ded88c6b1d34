/** What became of a case, as a line of the page tells it. */
export interface Line {
  /** The fault, and where it came to. */
  readonly suite: string
  /** What was done, and when the fault came. */
  readonly name: string
  /** What was expected, or that there was nothing to do. */
  readonly expected: string
  /** Seconds until all was well. */
  readonly seconds: number
  readonly held: number
  readonly all: number
}

const HEAD = `---
title: Reliability
---
# What was tried, and what held

Made by \`npm run test:faults\`: each case is a fault that was brought about on throwaway servers. What is promised is told in the
[guide to faults](faults.md); each of its promises is one or more invariants, which were looked at after the fault, after the
next deploy and after going back. "Well after" is how long it took from the end of the deployer until the site answered and
nothing of ours held the lock.
`

const COLUMNS = ['case', 'expected', 'well after', 'invariants that held']

/** What is said where a step does nothing. */
export const NOTHING = 'nothing is done there'

/** The lines of a page that was made before. */
export function linesOf(page: string): readonly Line[] {
  let suite = ''
  return page.split('\n').flatMap(text => {
    if (text.startsWith('## ')) suite = text.slice(3)
    const [, name, expected, seconds, held, all] =
      /^\| (.*) \| (.*) \| ([\d.]+) s \| (\d+) of (\d+) \|$/.exec(text) ?? []
    if (name === undefined || expected === undefined || suite === '') return []
    return [{ suite, name, expected, seconds: Number(seconds), held: Number(held), all: Number(all) }]
  })
}

/** Lines that were there before, where there are no new ones of the same cases. */
export function merged(before: readonly Line[], lines: readonly Line[]): readonly Line[] {
  const keyOf = ({ suite, name }: Line) => `${suite}: ${name}`
  const all = new Map([...before, ...lines].map(line => [keyOf(line), line]))
  return [...all.values()]
}

/** Counts lines, in one sentence. */
export function summaryOf(lines: readonly Line[]): string {
  const { median, most } = timesOf(lines)
  return `${heldOf(lines)} invariants held, in ${lines.length} cases; all was well after ${median} (median), ${most} at most`
}

/** The page, whose last words are the count. */
export function pageOf(lines: readonly Line[]): string {
  const suites = [...new Set(lines.map(({ suite }) => suite))].toSorted()
  const parts = suites.map(suite => [suite, lines.filter(line => line.suite === suite)] as const)
  const overview = table(
    ['fault', 'cases', 'well after: median', 'at most', 'invariants that held'],
    parts.map(([suite, some]) => {
      const { median, most } = timesOf(some)
      return [suite, String(some.length), median, most, heldOf(some)]
    }),
  )
  const details = parts.map(([suite, some]) => {
    const rows = some.map(({ name, expected, seconds, held, all }) => [
      ...[name, expected, `${seconds.toFixed(1)} s`, `${held} of ${all}`],
    ])
    return `\n## ${suite}\n\n${table(COLUMNS, rows)}`
  })
  return `${HEAD}\n${overview}${details.join('')}\n**${summaryOf(lines)}.**\n`
}

function timesOf(lines: readonly Line[]): { readonly median: string; readonly most: string } {
  const times = lines.map(({ seconds }) => seconds).toSorted((one, other) => one - other)
  const at = (part: number) => `${(times[Math.floor((times.length - 1) * part)] ?? 0).toFixed(1)} s`
  return { median: at(0.5), most: at(1) }
}

function heldOf(lines: readonly Line[]): string {
  const sum = (of: 'held' | 'all') => lines.reduce((total, line) => total + line[of], 0)
  return `${sum('held')} of ${sum('all')}`
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = [columns, columns.map(() => '---')]
  return [...head, ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}
