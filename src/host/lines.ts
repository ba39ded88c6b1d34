import { StringDecoder } from 'node:string_decoder'

/** Characters that may wait to be read before the host is held back. */
const ENOUGH = 1024 * 1024

/** The lines of a text that arrives in pieces, for one reader that takes them at its own pace. */
export class Lines implements AsyncIterableIterator<string> {
  readonly #decoder = new StringDecoder('utf8')
  #waiting: string[] = []
  #position = 0
  #size = 0
  #begun = ''
  #end: { readonly error?: unknown } | undefined
  #left = false
  #wake = () => {}
  #room = () => {}

  /** @returns a promise if there is enough for now, which resolves when more can be taken */
  push(chunk: Buffer): Promise<void> | undefined {
    if (this.#left) return undefined
    const lines = (this.#begun + this.#decoder.write(chunk)).split('\n')
    this.#begun = lines.pop() ?? ''
    this.#waiting.push(...lines)
    this.#size += chunk.length
    this.#wake()
    if (this.#size < ENOUGH) return undefined
    return new Promise(resolve => {
      this.#room = resolve
    })
  }

  /** Nothing more comes; an error is thrown to the reader after the last line. */
  end(error?: unknown): void {
    const rest = this.#begun + this.#decoder.end()
    if (rest !== '') this.#waiting.push(rest)
    this.#begun = ''
    this.#end = error === undefined ? {} : { error }
    this.#wake()
  }

  async next(): Promise<IteratorResult<string>> {
    for (;;) {
      const line = this.#waiting[this.#position]
      if (line !== undefined) {
        this.#position += 1
        if (this.#position === this.#waiting.length) this.#emptied()
        return { value: line, done: false }
      }
      if (this.#end?.error !== undefined) throw this.#end.error
      if (this.#end || this.#left) return { value: undefined, done: true }
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** The reader has gone: what still comes is not kept, and nobody is held back. */
  async return(): Promise<IteratorResult<string>> {
    this.#left = true
    this.#emptied()
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #emptied(): void {
    this.#waiting = []
    this.#position = 0
    this.#size = 0
    this.#room()
  }
}
