import { once } from 'node:events'
import { PassThrough, pipeline, type Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Command } from '../../command/command.js'
import { ConnectionError } from '../../errors/connection-error.js'
import type { HostProcess, ProcessEnd } from '../connection.js'
import type { Host } from '../host.js'
import type { Watch } from '../limits.js'
import { Output } from '../output.js'

/** How a process failed. */
export interface StreamFailure {
  readonly exitCode: number | undefined
  readonly stderr: string
}

const STDERR_LIMIT = 64 * 1024
const FAREWELL_MS = 2_000

/** Milliseconds after its end that are left to its last words: a child may hold the error stream open for ever. */
const LAST_WORDS_MS = 1_000

/** A process on a host that data is streamed to or from; it is broken off when the call is cancelled. */
export class HostStream {
  readonly #errors = new Output(STDERR_LIMIT)
  readonly #abandon = () => this.abandon()
  #end: ProcessEnd | undefined
  readonly #errorsRead: Promise<unknown>
  readonly ended: Promise<ProcessEnd>
  readonly stdout = new PassThrough({ highWaterMark: 256 * 1024 })

  private constructor(
    private readonly process: HostProcess,
    private readonly stop: Watch,
  ) {
    // at once: what nobody reads is thrown away by execa after a turn, and by Node when the process ends
    pipeline(process.stdout, this.stdout, () => {})
    process.stderr.on('data', chunk => this.#errors.append(chunk))
    this.#errorsRead = finished(process.stderr, { writable: false }).catch(() => {})
    this.ended = process.ended.then(end => {
      this.#end = end
      stop.signal.removeEventListener('abort', this.#abandon)
      return end
    })
    stop.signal.addEventListener('abort', this.#abandon, { once: true })
    if (stop.aborted) this.abandon()
  }

  static async start(host: Pick<Host, 'spawn'>, command: Command, stop: Watch): Promise<HostStream> {
    stop.throwIfAborted()
    return new HostStream(await host.spawn(command), stop)
  }

  get stdin(): Writable {
    return this.process.stdin
  }

  get stderr(): string {
    return this.#errors.bytes().toString()
  }

  abandon(): void {
    if (this.#end) return
    this.process.abandon()
    this.stdout.resume() // a channel that nobody reads does not close
  }

  /** Writes chunks, no faster than they are taken. Stops early when the process is gone. */
  async write(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const { stdin } = this.process
    for await (const chunk of chunks) {
      if (this.#end || this.stop.aborted || stdin.destroyed) return
      if (!stdin.write(chunk)) await this.#drained()
    }
  }

  /** What it prints; ends early when the connection breaks or the call is cancelled, which {@link HostStream.finished} tells. */
  async *chunks(): AsyncIterable<Buffer> {
    try {
      for await (const chunk of this.stdout) yield chunk
    } catch (error) {
      if (!this.stop.aborted && (await this.#farewell())?.exitCode !== undefined) throw error
    }
  }

  /** Resolves when it has ended well; else rejects with the reason. */
  async finished(explain: (failure: StreamFailure) => Error): Promise<void> {
    this.stdout.resume()
    const end = this.stop.aborted ? await this.#farewell() : await this.ended
    this.stop.throwIfAborted()
    if (end?.exitCode === 0) return
    await this.#orLater(this.#errorsRead, LAST_WORDS_MS)
    if (end?.exitCode === undefined && end?.signal === undefined) {
      throw new ConnectionError('CONNECTION_LOST', {
        what: this.stop.what,
        host: this.stop.host,
        why: 'the connection was lost',
        output: this.stderr,
        mayHaveRun: true,
      })
    }
    throw explain({ exitCode: end.exitCode, stderr: this.stderr })
  }

  async #drained(): Promise<void> {
    const over = new AbortController()
    const abort = () => over.abort()
    this.stop.signal.addEventListener('abort', abort, { once: true })
    this.process.stdin.once('close', abort)
    void this.ended.then(abort)
    await once(this.process.stdin, 'drain', { signal: over.signal }).catch(() => {})
    this.stop.signal.removeEventListener('abort', abort)
    this.process.stdin.removeListener('close', abort)
  }

  #farewell(): Promise<ProcessEnd | undefined> {
    return this.#orLater(this.ended, FAREWELL_MS)
  }

  #orLater<T>(awaited: Promise<T>, limitMs: number): Promise<T | undefined> {
    const late = new Promise<undefined>(resolve => setTimeout(resolve, limitMs, undefined).unref())
    return Promise.race([awaited, late])
  }
}
