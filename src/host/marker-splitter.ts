/** What a stream of a session holds: output, and between it the runner's markers. */
export interface StreamListener {
  data(chunk: Buffer): void
  marker(label: string, value: number): void
}

/**
 * Finds the runner's markers in a stream, however it is cut into chunks. A marker is
 * `RS token SP label SP number LF`; the token is random, so that output cannot forge one.
 */
export class MarkerSplitter {
  readonly #start: Buffer
  #pending: Buffer = Buffer.alloc(0)

  constructor(
    token: string,
    readonly listener: StreamListener,
  ) {
    this.#start = Buffer.from(`\x1e${token} `)
  }

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length ? Buffer.concat([this.#pending, chunk]) : chunk
    for (;;) {
      const start = this.#pending.indexOf(this.#start)
      if (start < 0) break
      const end = this.#pending.indexOf('\n', start)
      this.#emit(start)
      if (end < 0) return
      const [label = '', value] = this.#pending.toString('utf8', this.#start.length, end - start).split(' ')
      this.#pending = this.#pending.subarray(end - start + 1)
      this.listener.marker(label, Number(value))
    }
    this.#emit(this.#pending.length - this.#possibleStart())
  }

  /** Length of the longest end of what is pending that a marker could begin with. */
  #possibleStart(): number {
    const from = this.#pending.lastIndexOf(0x1e)
    if (from < 0) return 0
    const rest = this.#pending.subarray(from)
    return rest.equals(this.#start.subarray(0, rest.length)) ? rest.length : 0
  }

  #emit(length: number): void {
    if (length <= 0) return
    this.listener.data(this.#pending.subarray(0, length))
    this.#pending = this.#pending.subarray(length)
  }
}
