/** What a process reads; shared by all that have the same descriptor, so that what one has read is gone for the others. */
export class Source {
  #position = 0

  constructor(private readonly text: string) {}

  /** All that is left, or so many bytes of it. */
  read(count = Number.POSITIVE_INFINITY): string {
    const start = this.#position
    this.#position = Math.min(this.text.length, start + count)
    return this.text.slice(start, this.#position)
  }

  /** A line with its end; empty when nothing is left. */
  readLine(): string {
    const end = this.text.indexOf('\n', this.#position)
    return this.read(end < 0 ? undefined : end + 1 - this.#position)
  }
}

/** Where a process writes to. */
export interface Sink {
  write(text: string): void
}

/** Keeps what is written. */
export class Collector implements Sink {
  #text = ''

  write(text: string): void {
    this.#text += text
  }

  get text(): string {
    return this.#text
  }
}

/** Something a process has opened. Copies of a descriptor share it; it is closed with the last of them. */
export class OpenFile {
  #uses = 0

  constructor(
    readonly source: Source | undefined,
    readonly sink: Sink | undefined,
    /** What a lock on it locks. */
    readonly lockable: object | undefined = undefined,
    private readonly onClose: (file: OpenFile) => void = () => {},
  ) {}

  /** One descriptor more has it. */
  use(): this {
    this.#uses += 1
    return this
  }

  /** One less. */
  drop(): void {
    this.#uses -= 1
    if (this.#uses === 0) this.onClose(this)
  }
}

/** The descriptors of a process. */
export class Descriptors {
  readonly #files = new Map<number, OpenFile>()

  /** What a number stands for. */
  get(descriptor: number): OpenFile | undefined {
    return this.#files.get(descriptor)
  }

  /** Lets a number stand for something else, or nothing. */
  set(descriptor: number, file: OpenFile | undefined): void {
    file?.use()
    const before = this.#files.get(descriptor)
    if (file) this.#files.set(descriptor, file)
    else this.#files.delete(descriptor)
    before?.drop()
  }

  /** The same descriptors for a child. */
  copy(): Descriptors {
    const copy = new Descriptors()
    for (const [descriptor, file] of this.#files) copy.set(descriptor, file)
    return copy
  }

  /** Closes all. */
  close(): void {
    for (const descriptor of [...this.#files.keys()]) this.set(descriptor, undefined)
  }
}

/** A text as the bytes of its UTF-8, each a character below 256. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
