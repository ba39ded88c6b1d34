/** Bytes kept of one stream of one command: 10 MiB. */
const LIMIT = 10 * 1024 * 1024

/** Collects output up to a limit: beyond it the head and the tail are kept, with a note between them. */
export class Output {
  readonly #head: Buffer[] = []
  #headSize = 0
  #tail: Buffer[] = []
  #tailSize = 0
  #dropped = 0

  constructor(readonly limit: number = LIMIT) {}

  append(chunk: Buffer): void {
    const room = Math.max(0, this.limit / 2 - this.#headSize)
    const first = chunk.subarray(0, room)
    const rest = chunk.subarray(room)
    if (first.length > 0) {
      this.#head.push(first)
      this.#headSize += first.length
    }
    if (rest.length === 0) return
    this.#tail.push(rest)
    this.#tailSize += rest.length
    while (this.#tailSize - (this.#tail[0]?.length ?? 0) >= this.limit / 2) {
      const gone = this.#tail.shift()?.length ?? 0
      this.#tailSize -= gone
      this.#dropped += gone
    }
  }

  bytes(): Buffer {
    const note = this.#dropped ? [Buffer.from(`\n… ${this.#dropped} bytes left out …\n`)] : []
    return Buffer.concat([...this.#head, ...note, ...this.#tail])
  }
}
