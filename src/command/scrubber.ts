import { quote } from './quote.js'
import { MASK, type Secret } from './secret.js'

/** Secrets that are shorter are not looked for: they would be found everywhere. */
const SHORTEST = 4

/** Forms in which a program may print what it was given. */
function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1)
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '')
  return [value, quote(value), json, encodeURIComponent(value), base64]
}

/**
 * Takes secrets out of what programs print: each one that has been learned is replaced by `[secret]`, also
 * where it is written in base64, or quoted for a shell, for JSON or for a URL.
 */
export class Scrubber {
  #needles: readonly Buffer[] = []
  readonly #known = new Set<string>()

  /** Secrets that are to be looked for from now on. */
  learn(secrets: Iterable<Secret>): void {
    for (const secret of secrets) {
      const value = secret.reveal()
      if (Buffer.byteLength(value) < SHORTEST || this.#known.has(value)) continue
      this.#known.add(value)
      const needles = new Set([...this.#needles.map(String), ...formsOf(value).filter(isLong)])
      this.#needles = [...needles].map(needle => Buffer.from(needle)).toSorted((a, b) => b.length - a.length)
    }
  }

  /** Length in bytes of the longest that is looked for. */
  get longest(): number {
    return this.#needles[0]?.length ?? 0
  }

  /** The same bytes without secrets. */
  clean(bytes: Buffer): Buffer {
    let result = bytes
    for (const needle of this.#needles) {
      if (result.includes(needle)) result = replaced(result, needle)
    }
    return result
  }

  /** Length of the longest end of these bytes with which a secret might begin. */
  possibleStart(bytes: Buffer): number {
    let longest = 0
    for (const needle of this.#needles) {
      const first = bytes.length - Math.min(needle.length - 1, bytes.length)
      const last = bytes.length - longest
      for (let at = bytes.indexOf(needle.subarray(0, 1), first); at >= 0 && at < last; ) {
        const length = bytes.length - at
        if (bytes.subarray(at).equals(needle.subarray(0, length))) {
          longest = length
          break
        }
        at = bytes.indexOf(needle.subarray(0, 1), at + 1)
      }
    }
    return longest
  }
}

const isLong = (form: string) => Buffer.byteLength(form) >= SHORTEST

function replaced(bytes: Buffer, needle: Buffer): Buffer {
  const pieces: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, from)) {
    pieces.push(bytes.subarray(from, at), Buffer.from(MASK))
    from = at + needle.length
  }
  return Buffer.concat([...pieces, bytes.subarray(from)])
}

/** Cleans a stream, however it is cut into chunks: an end that a secret might begin with is held back. */
export class CleanStream {
  #held: Buffer = Buffer.alloc(0)

  constructor(private readonly scrubber: Scrubber | undefined) {}

  /** What can be let through by now. */
  push(chunk: Buffer): Buffer {
    if (!this.scrubber?.longest) return chunk
    const bytes = this.scrubber.clean(this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk)
    const end = bytes.length - this.scrubber.possibleStart(bytes)
    this.#held = bytes.subarray(end)
    return bytes.subarray(0, end)
  }

  /** What was held back, once nothing more comes. */
  flush(): Buffer {
    const rest = this.#held
    this.#held = Buffer.alloc(0)
    return rest
  }
}
