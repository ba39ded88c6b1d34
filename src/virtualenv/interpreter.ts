import { ask, type Command, raw } from '../command/command.js'
import { OptionError } from '../errors/option-error.js'

const NEWEST_MINOR = 15
const OLDEST_MINOR = 6
const CONSTRAINT = /^>=\s*3\.(\d+)$/

/** The lowest minor version of Python 3 that a constraint such as `>=3.9` allows. */
export function lowestMinor(constraint: string): number {
  const minor = CONSTRAINT.exec(constraint)?.[1]
  if (minor === undefined) {
    throw new OptionError(
      'virtualenv',
      `"${constraint}" is not a version of Python`,
      'write it like ">=3.9".',
    )
  }
  return Number(minor)
}

/**
 * Finds an interpreter: prints its path, and when none is good enough fails with a list of what is there.
 * `python3` is tried first, then the newest.
 */
export function findInterpreter(lowest: number, preferred: string | undefined): Command {
  const minors = Array.from({ length: NEWEST_MINOR - OLDEST_MINOR + 1 }, (_, index) => NEWEST_MINOR - index)
  const names = preferred ? [preferred] : ['python3', ...minors.map(minor => `python3.${minor}`)]
  const test = raw(`'import sys; sys.exit(sys.version_info < (3, '${lowest}'))'`)
  return ask`
    for name in ${names}; do
      path=$(command -v "$name") || continue
      if "$path" -c ${test} 2>/dev/null; then printf '%s\n' "$path"; exit 0; fi
      version=$("$path" --version 2>/dev/null) && printf '%s is %s\n' "$path" "$version" >&2
    done
    exit 1`
}
