import { Agent, get } from 'node:http'

/** What a client got: the first line of a page, `maintenance`, or why there was no page. */
export interface Answer {
  /** Milliseconds of the clock when it asked. */
  readonly askedAt: number
  /** Milliseconds of the clock when the answer was there. */
  readonly at: number
  readonly kind: string
}

function ask(address: string, host: string, agent: Agent): Promise<string> {
  return new Promise(resolve => {
    const request = get({ host: address, path: '/', headers: { Host: host }, agent }, response => {
      let body = ''
      response.on('data', chunk => {
        body += chunk
      })
      response.on('error', error => resolve(`failed: ${error.message}`))
      response.on('end', () => {
        if (response.statusCode === 200) resolve(body.split('\n', 1)[0] ?? '')
        else if (response.statusCode === 503 && body.includes('updating this site')) resolve('maintenance')
        else resolve(`failed: ${response.statusCode} ${body.slice(0, 80)}`)
      })
    })
    request.on('error', error => resolve(`failed: ${error.message}`))
  })
}

/** A client that asks for a page without pause, on several connections, until it is stopped. */
export class AskingClient {
  readonly answers: Answer[] = []
  #stopped = false
  readonly #loops: Promise<void>[]

  constructor(address: string, host: string, { connections = 3, keepAlive = false } = {}) {
    const agent = new Agent({ keepAlive, maxSockets: connections })
    this.#loops = Array.from({ length: connections }, async () => {
      while (!this.#stopped) {
        const askedAt = Date.now()
        const kind = await ask(address, host, agent)
        this.answers.push({ askedAt, at: Date.now(), kind })
      }
    })
  }

  /** Stops asking; resolves when the last answer is there. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#loops)
  }

  /** How many answers there were of each kind. */
  get counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { kind } of this.answers) counts[kind] = (counts[kind] ?? 0) + 1
    return counts
  }

  /** Milliseconds from the first maintenance answer to the first good one after the last of them. */
  get downtime(): number {
    const off = this.answers.filter(({ kind }) => kind === 'maintenance')
    const first = off[0]
    const last = off.at(-1)
    if (!first || !last) return 0
    const good = this.answers.find(({ at, kind }) => at >= last.at && kind !== 'maintenance')
    return (good?.at ?? Number.NaN) - first.at
  }
}
