/** Bytes kept of one stream of one command: 10 MiB. */
const LIMIT = 10 * 1024 * 1024

/** Room that the first bytes get; it is doubled as need be. */
const FIRST_ROOM = 4096

/**
 * Collects output up to a limit: beyond it the head and the tail are kept, with a note between them. It copies,
 * so that what is read from a socket can be forgotten at once.
 */
export class Output {
  readonly #half: number
  #head: Buffer = Buffer.alloc(0)
  #headSize = 0
  /** The last bytes, in a ring. */
  #tail: Buffer = Buffer.alloc(0)
  #tailSize = 0

  constructor(limit: number = LIMIT) {
    this.#half = Math.floor(limit / 2)
  }

  append(chunk: Buffer): void {
    const first = chunk.subarray(0, this.#half - this.#headSize)
    if (first.length > 0) this.#appendToHead(first)
    if (first.length < chunk.length) this.#appendToTail(chunk.subarray(first.length))
  }

  bytes(): Buffer {
    const kept = Math.min(this.#tailSize, this.#half)
    const dropped = this.#tailSize - kept
    const note = dropped > 0 ? [Buffer.from(`\n… ${dropped} bytes left out …\n`)] : []
    const start = this.#tailSize % this.#half
    const tail =
      dropped > 0
        ? [this.#tail.subarray(start), this.#tail.subarray(0, start)]
        : [this.#tail.subarray(0, this.#tailSize)]
    return Buffer.concat([this.#head.subarray(0, this.#headSize), ...note, ...tail])
  }

  #appendToHead(bytes: Buffer): void {
    const size = this.#headSize + bytes.length
    if (size > this.#head.length) {
      const larger = Buffer.alloc(Math.min(this.#half, Math.max(FIRST_ROOM, size * 2)))
      this.#head.copy(larger, 0, 0, this.#headSize)
      this.#head = larger
    }
    bytes.copy(this.#head, this.#headSize)
    this.#headSize = size
  }

  #appendToTail(bytes: Buffer): void {
    if (this.#tail.length === 0) this.#tail = Buffer.alloc(this.#half)
    const last = bytes.subarray(Math.max(0, bytes.length - this.#half))
    const start = (this.#tailSize + bytes.length - last.length) % this.#half
    const fitting = last.subarray(0, this.#half - start)
    fitting.copy(this.#tail, start)
    last.copy(this.#tail, 0, fitting.length)
    this.#tailSize += bytes.length
  }
}
