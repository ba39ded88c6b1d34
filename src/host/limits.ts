import { CancelledError } from '../errors/cancelled-error.js'

/** What may end a call before it has done its work. */
export interface CallLimits {
  /** Aborting it stops what runs on the host, then rejects with {@link CancelledError}. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds after which the same happens. @defaultValue none */
  readonly timeout?: number | undefined
  /** Milliseconds without any output after which the same happens. @defaultValue none */
  readonly idleTimeout?: number | undefined
}

/** Watches the limits of one call: one signal for all of them, and the error that it stands for. */
export class Watch implements Disposable {
  readonly #stop = new AbortController()
  readonly #timers: NodeJS.Timeout[] = []
  #idle: NodeJS.Timeout | undefined
  #why: string | undefined

  /** @param what - completes the sentence "Could not …" */
  constructor(
    readonly limits: CallLimits,
    readonly what: string,
    readonly host: string,
  ) {
    const { timeout, signal } = limits
    if (timeout !== undefined) this.#after(timeout, `it took longer than ${timeout} ms`)
    signal?.addEventListener('abort', this.#abort, { once: true })
    if (signal?.aborted) this.#abort()
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  get aborted(): boolean {
    return this.signal.aborted
  }

  /** What the call is rejected with once its signal is aborted. */
  get error(): CancelledError {
    return this.#why === undefined
      ? CancelledError.bySignal(this.what, this.host)
      : new CancelledError('TIMED_OUT', this.what, this.host, this.#why)
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.error
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

  [Symbol.dispose](): void {
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

/** The same promise, but for a signal that is aborted before: then it is left to itself. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    promise.then(resolve, reject)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
