import type { FakeClock } from '../machine/clock.js'
import type { Program } from '../shell/process.js'
import { unexpected } from '../unexpected.js'
import { wordsOf } from './words.js'

/** Milliseconds of a moment as `date -d` is told: `@5`, or a date; of now if it is told nothing. NaN for what is no moment. */
export function momentOf(text: string | undefined, clock: FakeClock): number {
  if (text === undefined) return clock.milliseconds
  const [, seconds] = /^@(\d+(?:\.\d+)?)$/.exec(text) ?? []
  return seconds === undefined ? Date.parse(text) : Number(seconds) * 1000
}

/** Prints the time, always that of Greenwich. */
export const date: Program = process => {
  const { value, operands } = wordsOf(process, 'u d= r=')
  const reference = value('r')
  const moment = new Date(
    reference === undefined
      ? momentOf(value('d'), process.machine.clock)
      : process.files.find(reference).mtime,
  )
  if (Number.isNaN(moment.getTime())) return process.fail(`invalid date '${value('d')}'`)
  const [format = '+%Y-%m-%dT%H:%M:%SZ'] = operands
  process.out(`${inWords(moment, format.replace(/^\+/, ''))}\n`)
  return 0
}

function inWords(moment: Date, format: string): string {
  const [year = '', month = '', day = '', hours = '', minutes = '', seconds = '', milliseconds = ''] = moment
    .toISOString()
    .split(/[-T:.Z]/)
  const letters: Readonly<Record<string, string>> = {
    Y: year,
    m: month,
    d: day,
    H: hours,
    M: minutes,
    S: seconds,
    s: String(Math.floor(moment.getTime() / 1000)),
    '3N': milliseconds,
    N: `${milliseconds}000000`,
  }
  return format.replace(/%(3N|.)/g, (written, letter: string) => {
    const text = letters[letter]
    if (text === undefined)
      throw unexpected(`print ${written} by date`, 'a server in memory does not know it')
    return text
  })
}
