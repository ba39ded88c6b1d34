import { Agent, get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, vi } from 'vitest'

/** An answer; the times are those of the asking and of its end, by `performance.now()`. */
export interface LoadAnswer {
  readonly at: number
  readonly until: number
  readonly text: string
  readonly status: number
}

/** What clients got to see. */
export interface LoadResult {
  readonly requests: number
  readonly perSecond: number
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<number, number>>
  /** Requests that were refused, cut or not answered. */
  readonly failures: readonly string[]
  /** What was answered, in the order in which it was asked for. */
  readonly answers: readonly LoadAnswer[]
}

/** A server may close a connection that nothing is asked on at any moment: clients ask again then, on a new one. */
class ClosedWhileIdle extends Error {}

/**
 * Milliseconds between two connections of a client that does not keep them: each holds a port of this machine for a
 * minute after its end.
 */
const NEW_CONNECTION_MS = 15

/** Milliseconds between two requests of one that keeps them: servers and deploys are on the same machine. */
const REQUEST_MS = 5

/** Clients that ask for a page of a site, one request after the other, until they are stopped. */
export class Load {
  readonly #begin = performance.now()
  readonly #answers: LoadAnswer[] = []
  readonly #failures: string[] = []
  readonly #clients: readonly Promise<void>[]
  #over = false

  private constructor(
    private readonly address: string,
    private readonly path: string,
    private readonly name: string,
    clients: number,
    private readonly isLight: boolean,
  ) {
    this.#clients = Array.from({ length: clients }, (_, index) => this.#ask(index % 2 === 0))
  }

  /** Half of the clients keep their connections, half of them do not; the former ask more often, unless the load is light. */
  static on(address: string, { name = 'carers.test', path = '/', clients = 4, isLight = false } = {}): Load {
    return new Load(address, path, name, clients, isLight)
  }

  /** Waits until something that was asked for from now on is answered. */
  async answered(): Promise<void> {
    const begin = performance.now()
    const isAnswered = () => this.#answers.some(({ at }) => at > begin)
    await vi.waitFor(() => expect(isAnswered(), 'an answer to what was asked just now').toBe(true), {
      timeout: 30_000,
    })
  }

  /** Ends it, and tells what was seen. */
  async stop(): Promise<LoadResult> {
    this.#over = true
    await Promise.all(this.#clients)
    const answers = this.#answers.toSorted((one, other) => one.at - other.at)
    const statuses: Record<number, number> = {}
    for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1
    const requests = answers.length + this.#failures.length
    const perSecond = requests / ((performance.now() - this.#begin) / 1000)
    return { requests, perSecond, statuses, failures: this.#failures, answers }
  }

  async #ask(keepAlive: boolean): Promise<void> {
    const agent = new Agent({ keepAlive, maxSockets: 1 })
    while (!this.#over) {
      const at = performance.now()
      try {
        const answer = await this.#once(agent)
        this.#answers.push({ at, until: performance.now(), ...answer })
      } catch (error) {
        if (!(error instanceof ClosedWhileIdle)) this.#failures.push(String(error))
      }
      const step = keepAlive && !this.isLight ? REQUEST_MS : NEW_CONNECTION_MS
      await pause(Math.max(0, at + step - performance.now()))
    }
    agent.destroy()
  }

  #once(agent: Agent): Promise<{ text: string; status: number }> {
    const { address: host, path, name } = this
    return new Promise((resolve, reject) => {
      const request = get({ host, path, agent, headers: { Host: name }, timeout: 20_000 }, answer => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', chunk => {
          text += chunk
        })
        answer.on('end', () => resolve({ text: text.trim(), status: answer.statusCode ?? 0 }))
        answer.on('error', reject)
      })
      request.on('timeout', () => request.destroy(new Error('no answer in 20 s')))
      request.on('error', error => {
        const isReset = 'code' in error && error.code === 'ECONNRESET'
        reject(isReset && request.reusedSocket ? new ClosedWhileIdle() : error)
      })
    })
  }
}

/** The end of a deploy, by `performance.now()`, and what the site answers from then on. */
export interface DeployEnd {
  readonly at: number
  readonly text: string
}

/**
 * Sees to it that what was asked for after the end of each deploy was answered by its release, or by that of the next one, and
 * that the release of each was seen.
 */
export function expectNothingOld(answers: readonly LoadAnswer[], ends: readonly DeployEnd[]): void {
  for (const [index, { at, text }] of ends.entries()) {
    const next = ends[index + 1]
    const until = next?.at ?? Number.POSITIVE_INFINITY
    const seen = new Set(answers.filter(each => each.at > at && each.at < until).map(each => each.text))
    if (next) seen.delete(next.text)
    expect([...seen]).toEqual([text])
  }
}
