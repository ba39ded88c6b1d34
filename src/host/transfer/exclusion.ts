import { OptionError } from '../../errors/option-error.js'
import { BESIDE } from '../files/file-path.js'

const OURS = Object.values(BESIDE)
const PARTS = /[*?]|[^*?]+/g

function escaped(text: string): string {
  return text.replace(/[\\^$.|+()[\]{}]/g, '\\$&')
}

function expression(pattern: string): string {
  const parts = pattern.match(PARTS) ?? []
  return parts.map(part => (part === '*' ? '[^/]*' : part === '?' ? '[^/]' : escaped(part))).join('')
}

function checked(pattern: string): string {
  const wrong = pattern === '' || pattern === '/' || /[[\]\\]|\*\*|\/\/|^\.\.?\/|\0/.test(pattern)
  if (!wrong) return pattern
  throw new OptionError(
    'exclude',
    `"${pattern}" is not a pattern`,
    'name what is left out ("node_modules", "*.pyc"), or its path from the top of the tree ("/var/cache"); * and ? stand for anything but a slash, and a slash at the end means directories only.',
  )
}

/** An exact path as a filter of rsync. */
function literal(path: string): string {
  return /[*?[]/.test(path) ? path.replace(/[*?[\]\\]/g, '\\$&') : path
}

/** What a transfer leaves alone, on both sides: neither sent nor removed. */
export class Exclusion {
  readonly #patterns: readonly string[]
  readonly #tests: readonly { readonly matches: RegExp; readonly directories: boolean }[]

  /** @throws {@link OptionError} when a pattern means different things to different tools */
  constructor(patterns: readonly string[] = []) {
    // a pattern with a slash is a path from the top, for every way of transfer
    this.#patterns = patterns
      .map(checked)
      .map(pattern => (/^[^/].*\/./s.test(pattern) ? `/${pattern}` : pattern))
    this.#tests = this.#patterns.map(pattern => {
      const directories = pattern.endsWith('/')
      const body = expression(pattern.replace(/^\//, '').replace(/\/$/, ''))
      return { matches: new RegExp(`${pattern.startsWith('/') ? '^' : '(^|/)'}${body}$`, 's'), directories }
    })
  }

  /** Whether an entry is left alone. What is below a directory that is left alone is not asked for. */
  covers(path: string, isDirectory: boolean): boolean {
    if (OURS.some(prefix => path.startsWith(prefix))) return true
    return this.#tests.some(({ matches, directories }) => (!directories || isDirectory) && matches.test(path))
  }

  /** The same for rsync; `paths` are left alone too, as they are. */
  filters(paths: readonly string[]): readonly string[] {
    const rules = [
      ...OURS.map(prefix => `/${prefix}*`),
      ...this.#patterns,
      ...paths.map(path => `/${literal(path)}`),
    ]
    return rules.map(rule => `--filter=- ${rule}`)
  }
}
