import { OptionError } from '../errors/option-error.js'

/** Words of these characters mean themselves in every POSIX shell. `=` is not among them: `a=b` assigns. */
const PLAIN = /^[\w/:.,@%+-]+$/

const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * One word for a POSIX shell, whatever is in it. This is the only place where quoting is done.
 *
 * @throws {@link OptionError} when the value has a NUL character, which no shell can pass on, or half of a
 *   surrogate pair, which has no bytes in UTF-8
 */
export function quote(word: string): string {
  if (word.includes('\0')) {
    throw new OptionError('command', `the value ${JSON.stringify(word)} has a NUL character`)
  }
  if (LONE_SURROGATE.test(word)) {
    throw new OptionError('command', `the value ${JSON.stringify(word)} is not well-formed Unicode`)
  }
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
