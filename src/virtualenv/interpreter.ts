import { ask, type Command, raw } from '../command/command.js'
import { OptionError } from '../errors/option-error.js'

const NEWEST_MINOR = 16
const OLDEST_MINOR = 6
const PART = /^(>=|<|==)\s*3\.(\d+)(?:\.\*)?$/

/** Which minor versions of Python 3 will do. */
export interface PythonRange {
  readonly lowest: number
  /** The lowest that will not do any more; undefined: there is none. */
  readonly below?: number | undefined
}

/** Reads a constraint: `>=3.9`, `>=3.9,<3.13` or `==3.11`. */
export function pythonRange(constraint: string): PythonRange {
  let range: PythonRange = { lowest: OLDEST_MINOR }
  for (const part of constraint.split(',')) {
    const [, operator, digits] = PART.exec(part.trim()) ?? []
    if (operator === undefined || constraint.endsWith('\n')) {
      throw new OptionError(
        'virtualenv',
        `"${constraint}" is not a version of Python`,
        'write it like ">=3.9", ">=3.9,<3.13" or "==3.11".',
      )
    }
    const minor = Number(digits)
    if (operator === '>=') range = { ...range, lowest: minor }
    else if (operator === '<') range = { ...range, below: minor }
    else range = { lowest: minor, below: minor + 1 }
  }
  return range
}

/** A range for people: `Python >= 3.9, < 3.13`. */
export function rangeTitle({ lowest, below }: PythonRange): string {
  return `Python >= 3.${lowest}${below === undefined ? '' : `, < 3.${below}`}`
}

/** What an interpreter may be called, in the order in which they are tried. */
export function interpreterNames(preferred: string | undefined): readonly [string, ...string[]] {
  const minors = Array.from({ length: NEWEST_MINOR - OLDEST_MINOR + 1 }, (_, index) => NEWEST_MINOR - index)
  return preferred ? [preferred] : ['python3', ...minors.map(minor => `python3.${minor}`)]
}

/**
 * Finds an interpreter: prints its path, and when none is good enough fails with a list of what is there.
 * `python3` is tried first, then the newest.
 */
export function findInterpreter({ lowest, below }: PythonRange, preferred: string | undefined): Command {
  const names = interpreterNames(preferred)
  const end = below === undefined ? '(4,)' : `(3, ${below})`
  const test = raw(`'import sys; sys.exit(not (3, ${lowest}) <= sys.version_info[:2] < ${end})'`)
  return ask`
    for name in ${names}; do
      path=$(command -v "$name") || continue
      if "$path" -c ${test} 2>/dev/null; then printf '%s\n' "$path"; exit 0; fi
      version=$("$path" --version 2>/dev/null) && printf '%s is %s\n' "$path" "$version" >&2
    done
    exit 1`
}
