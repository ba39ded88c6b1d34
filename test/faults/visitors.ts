import { get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Load, type LoadResult } from '../support/load.js'

/** What visitors saw, and wrote. */
export interface Visit {
  readonly load: LoadResult
  /** Times that a visitor was told that something was written. */
  readonly told: number
  /** Times that nobody knows whether it was. */
  readonly untold: number
}

/** Milliseconds between two things that a visitor writes. */
const WRITE_MS = 60

/** Visitors of a site: one asks for a page every 15 ms, so that a small machine can do something else besides; another one writes. */
export class Visitors {
  readonly #load: Load
  readonly #writing: Promise<void>
  #isOver = false
  #told = 0
  #untold = 0

  constructor(address: string) {
    this.#load = Load.on(address, { clients: 1, isLight: true })
    this.#writing = this.#write(address)
  }

  async stop(): Promise<Visit> {
    this.#isOver = true
    const [load] = await Promise.all([this.#load.stop(), this.#writing])
    return { load, told: this.#told, untold: this.#untold }
  }

  async #write(address: string): Promise<void> {
    while (!this.#isOver) {
      try {
        const status = await statusOf(address)
        if (status === 200) this.#told += 1
        else if (status !== 503) this.#untold += 1
      } catch {
        this.#untold += 1
      }
      await pause(WRITE_MS)
    }
  }
}

/** Writes, and tells how that was answered. */
function statusOf(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host, path: '/add', headers: { Host: 'carers.test' }, agent: false, timeout: 20_000 }
    const request = get(options, answer => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
      answer.on('error', reject)
    })
    request.on('timeout', () => request.destroy(new Error('no answer in 20 s')))
    request.on('error', reject)
  })
}
