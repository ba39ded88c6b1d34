import type { Writable } from 'node:stream'

/** What a reporter writes to: a terminal, a file, a pipe. */
export type ReportStream = Writable & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** Writes lines. */
export interface Screen {
  readonly width: number | undefined
  line(text: string): void
  /** Lets go of the terminal for a while: somebody else writes there. */
  pause(): void
  resume(): void
  /** Nothing is redrawn any more. */
  end(): void | Promise<void>
}

/** One line after the other. */
export class PlainScreen implements Screen {
  constructor(private readonly stream: ReportStream) {}

  get width(): number | undefined {
    return this.stream.isTTY ? this.stream.columns : undefined
  }

  line(text: string): void {
    this.stream.write(`${text}\n`)
  }

  pause(): void {}

  resume(): void {}

  end(): void {}
}

type Draw = ReturnType<typeof import('log-update')['createLogUpdate']>

const REDRAW_MS = 100

/** Lines, and below them some that are redrawn all the time. */
export class LiveScreen implements Screen {
  readonly #loaded: Promise<void>
  #draw: Draw | undefined
  #waiting: string[] = []
  #pauses = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly stream: ReportStream,
    /** The lines that are redrawn. */
    private readonly lines: (width: number, height: number) => readonly string[],
  ) {
    this.#loaded = import('log-update').then(({ createLogUpdate }) => {
      // the cursor of the library's own choice is that of the process
      this.#draw = createLogUpdate(stream, { showCursor: stream !== process.stdout })
      this.#flush()
    })
    this.#timer = setInterval(() => this.#flush(), REDRAW_MS).unref()
  }

  get width(): number {
    return this.stream.columns ?? 80
  }

  line(text: string): void {
    this.#waiting.push(text)
    this.#flush()
  }

  pause(): void {
    this.#pauses += 1
    this.#flush()
    this.#draw?.clear()
    this.#draw?.done()
  }

  resume(): void {
    this.#pauses = Math.max(this.#pauses - 1, 0)
    this.#flush()
  }

  async end(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#loaded
    this.#pauses = 0
    this.#flush()
    this.#draw?.done()
  }

  /** One who is asked something is not disturbed. */
  #flush(): void {
    const draw = this.#draw
    if (!draw || this.#pauses > 0) return
    if (this.#waiting.length > 0) draw.persist(`${this.#waiting.splice(0).join('\n')}\n`)
    const lines = this.#timer ? this.lines(this.width, this.stream.rows ?? 24) : []
    if (lines.length > 0) draw(lines.join('\n'))
    else draw.clear()
  }
}
