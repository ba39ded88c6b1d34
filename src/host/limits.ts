import { CancelledError } from '../errors/cancelled-error.js'

/** What may end a call before its time. */
export interface CallLimits {
  /** Aborting it stops what runs on the host, then rejects with {@link CancelledError}. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds after which the same happens. @defaultValue none */
  readonly timeout?: number | undefined
  /** Milliseconds without any output after which the same happens. @defaultValue none */
  readonly idleTimeout?: number | undefined
}

/** Watches the limits of one call, from its beginning to {@link Watch.end}. */
export class Watch {
  readonly #stop = new AbortController()
  readonly #timers: NodeJS.Timeout[] = []
  #idle: NodeJS.Timeout | undefined
  #why: string | undefined

  constructor(private readonly limits: CallLimits) {
    const { timeout, signal } = limits
    if (timeout !== undefined) this.#after(timeout, `it took longer than ${timeout} ms`)
    signal?.addEventListener('abort', this.#abort, { once: true })
    if (signal?.aborted) this.#abort()
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** The command runs: from now on its silence counts. */
  begin(): void {
    const { idleTimeout } = this.limits
    if (idleTimeout === undefined) return
    this.#idle = this.#after(idleTimeout, `it printed nothing for ${idleTimeout} ms`)
  }

  /** Output has come. */
  heard(): void {
    this.#idle?.refresh()
  }

  /** What the call is rejected with once its signal is aborted. */
  error(what: string, host: string): CancelledError {
    return this.#why === undefined
      ? new CancelledError('CANCELLED', what, host, 'it was cancelled')
      : new CancelledError('TIMED_OUT', what, host, this.#why)
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.limits.signal?.removeEventListener('abort', this.#abort)
  }

  readonly #abort = () => this.#stop.abort()

  #after(ms: number, why: string): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#why = why
      this.#stop.abort()
    }, ms)
    this.#timers.push(timer)
    return timer
  }
}
