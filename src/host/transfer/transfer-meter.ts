import { monotonicMs } from '../../support/clock.js'
import type { TransferOptions, TransferProgress } from './transfer-options.js'

const PAUSE_MS = 100

/** Counts what comes, and tells the caller now and then. */
export class TransferMeter {
  #files = 0
  #bytes = 0
  #told = monotonicMs()

  constructor(
    private readonly listener: TransferOptions['onProgress'],
    private readonly totals: Pick<TransferProgress, 'totalFiles' | 'totalBytes'>,
  ) {}

  get files(): number {
    return this.#files
  }

  add(bytes: number, files = 0): void {
    this.#bytes += bytes
    this.#files += files
    if (!this.listener || monotonicMs() - this.#told < PAUSE_MS) return
    this.tell()
  }

  tell(): void {
    this.#told = monotonicMs()
    this.listener?.({ files: this.#files, bytes: this.#bytes, ...this.totals })
  }
}
