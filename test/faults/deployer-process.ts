import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { inject } from 'vitest'
import type { Orders, Saying } from './orders.js'

type Result = Extract<Saying, { type: 'result' }>

/** How a deployer ended. */
export interface DeployerEnd {
  /** Undefined if it was killed. */
  readonly result: Result | undefined
  readonly signal: string | undefined
  /** False: it had to be killed, since it did not end in time. */
  readonly inTime: boolean
  /** Milliseconds from its result to its end. */
  readonly lingeredMs: number
}

/** A deployer under way. */
export class DeployerProcess {
  readonly #process
  readonly #said: Saying[] = []
  #seenAt = 0
  #endedAt = 0
  #arrive: (isThere: boolean) => void = () => {}
  /** Resolves when it is where the fault has to come; with false if it never came there. */
  readonly there = new Promise<boolean>(resolve => {
    this.#arrive = resolve
  })
  /** All that it has printed. */
  output = ''

  constructor(orders: Orders) {
    this.#process = execa(process.execPath, [inject('deployer'), JSON.stringify(orders)], {
      reject: false,
      buffer: false,
      stdin: 'pipe',
    })
    this.#process.stderr.on('data', chunk => {
      this.output += chunk
    })
    createInterface({ input: this.#process.stdout }).on('line', line => this.#hear(line))
    void this.#process.finally(() => {
      this.#endedAt = performance.now()
      this.#arrive(false)
    })
  }

  /** True if there was nothing to do for the step. */
  get skipped(): boolean {
    return this.#said.some(({ type }) => type === 'skipped')
  }

  /** What should never be said. */
  get unhandled(): readonly string[] {
    return this.#said.flatMap(saying => (saying.type === 'unhandled' ? [saying.text] : []))
  }

  tell(word: 'go' | 'abort'): void {
    this.#process.stdin.write(`${word}\n`)
  }

  kill(signal: 'SIGKILL' | 'SIGTERM'): void {
    this.#process.kill(signal)
  }

  /** Resolves when it has ended; it is killed if it has not within a time. */
  async end(limitMs: number): Promise<DeployerEnd> {
    const ended = this.#process.then(({ signal }) => ({ signal, inTime: true }))
    const late = pause(limitMs, undefined, { ref: false }).then(() => undefined)
    const inTime = await Promise.race([ended, late])
    if (!inTime) this.kill('SIGKILL')
    const { signal } = await ended
    const result = this.#said.find(saying => saying.type === 'result')
    const lingeredMs = result ? this.#endedAt - this.#seenAt : 0
    return { result, signal, inTime: inTime !== undefined, lingeredMs }
  }

  #hear(line: string): void {
    this.output += `${line}\n`
    try {
      const saying: Saying = JSON.parse(line)
      if (saying.type === 'event') return
      this.#said.push(saying)
      if (saying.type === 'there') this.#arrive(true)
      if (saying.type === 'result') this.#seenAt = performance.now()
    } catch {
      this.#said.push({ type: 'unhandled', text: line })
    }
  }
}
