import type { Process } from '../shell/process.js'
import { unexpected } from '../unexpected.js'

/** The words of a program, told apart. Long options come without their dashes. */
export interface Words {
  /** True if one of these options is there. */
  has(...names: readonly string[]): boolean
  /** The value of the last of these options. */
  value(...names: readonly string[]): string | undefined
  /** All values of an option. */
  all(name: string): readonly string[]
  readonly operands: readonly string[]
}

/**
 * Tells options from operands, as GNU programs do. An option that the program does not know fails the test.
 *
 * @param known - its options, by letters and long names; those that have a value end in `=`
 */
export function wordsOf(process: Process, known: string, args: readonly string[] = process.args): Words {
  const options = new Set(known.split(' '))
  const found: (readonly [string, string])[] = []
  const operands: string[] = []
  const rest = [...args]
  const note = (name: string, given: string | undefined, written: string) => {
    if (options.has(`${name}=`)) found.push([name, given ?? rest.shift() ?? ''])
    else if (options.has(name)) found.push([name, given ?? ''])
    else
      throw unexpected(
        `run ${process.line}`,
        `a server in memory does not know the option ${written} of ${process.name}`,
      )
  }
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      operands.push(...rest)
      break
    }
    const [, long, given] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? []
    if (long !== undefined) note(long, given, `--${long}`)
    else if (/^-./.test(word)) {
      for (let at = 1; at < word.length; at += 1) {
        const letter = word.charAt(at)
        const isValued = options.has(`${letter}=`)
        note(letter, isValued ? word.slice(at + 1) || undefined : undefined, `-${letter}`)
        if (isValued) break
      }
    } else operands.push(word)
  }
  return {
    has: (...names) => found.some(([name]) => names.includes(name)),
    value: (...names) => found.findLast(([name]) => names.includes(name))?.[1],
    all: wanted => found.flatMap(([name, value]) => (name === wanted ? [value] : [])),
    operands,
  }
}
