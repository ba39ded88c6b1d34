import { setTimeout as pause } from 'node:timers/promises'
import { BalancerError } from '../errors/balancer-error.js'
import type { CallOptions, Host } from '../host/host.js'
import type { Loan } from '../host/loan.js'
import { stopwatch } from '../support/clock.js'
import type { BalancerMove, BalancerSession } from './balancer.js'
import type { ResolvedHaProxyOptions } from './haproxy.js'
import { type ServerState, serversOf } from './haproxy-answers.js'
import { makeReady, setState, tell } from './haproxy-socket.js'

/** Milliseconds between two looks at a server. */
const LOOK_MS = 200

/** Takes servers of an HAProxy out, and puts them back. */
export class HaProxySession implements BalancerSession {
  readonly #loan: Loan
  /** Servers that are out by our doing, and whether they were well before. */
  readonly #out = new Map<string, { readonly wasWell: boolean }>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly host: Host,
    private readonly options: ResolvedHaProxyOptions,
  ) {
    this.#loan = host.lend()
  }

  get #session(): Host {
    return this.#loan.host
  }

  async check(host: string, options?: CallOptions): Promise<BalancerMove> {
    const { name } = this.#find(host, await this.#tell(undefined, options))
    return { changed: false, note: `${name} of ${this.options.backend}` }
  }

  async leave(host: string, options?: CallOptions): Promise<BalancerMove> {
    const { name, note } = await this.#inTurn(() => this.#drain(host, options))
    if (note !== undefined) return { changed: false, note }
    const { drainSeconds } = this.options
    const server = await this.#await(name, drainSeconds, ({ sessions }) => sessions === 0, options)
    const drained = { changed: true, note: `${name} gets no new visitors` }
    if (server.sessions === 0) return drained
    const warning = `${name} still served ${server.sessions} requests after ${drainSeconds} s of draining`
    return { ...drained, warnings: [warning] }
  }

  async join(host: string, options?: CallOptions): Promise<BalancerMove> {
    const { backend, joinSeconds } = this.options
    const { name } = this.#find(host, await this.#tell(undefined, options))
    const before = this.#out.get(name)
    if (!before) return { changed: false, note: `${name} was not taken out` }
    await this.#tell(setState(backend, name, 'ready'), options)
    this.#out.delete(name)
    await this.#updateGuard()
    if (!before.wasWell) return { changed: true, note: `${name} gets visitors again once it is well` }
    const server = await this.#await(name, joinSeconds, ({ isWell }) => isWell, options)
    if (server.isWell) return { changed: true, note: `${name} gets visitors again` }
    throw new BalancerError('SERVER_DOWN', {
      what: `put ${name} back into ${backend}`,
      host: this.host.name,
      why: `HAProxy's own check does not find it well: ${server.health}`,
    })
  }

  async close(): Promise<{ roundTrips: number; connections: number }> {
    const { socket, backend } = this.options
    try {
      if (this.#out.size > 0) await this.#session.runAll([makeReady(socket, backend, [...this.#out.keys()])])
    } finally {
      await this.#loan.giveBack()
    }
    return { roundTrips: await this.#session.roundTrips(), connections: this.#loan.connections }
  }

  /** Drains a server, unless there is a reason not to: the note. Two at once would each take the other for ready. */
  async #drain(host: string, options?: CallOptions): Promise<{ name: string; note?: string }> {
    const { backend } = this.options
    const servers = await this.#tell(undefined, options)
    const { name, isOut, isWell } = this.#find(host, servers)
    if (isOut) return { name, note: `somebody has taken ${name} out before: it stays so` }
    if (!servers.some(each => each.name !== name && each.isReady))
      return {
        name,
        note: `no other server of ${backend} is ready: ${name} goes on, or the site would be down`,
      }
    this.#out.set(name, { wasWell: isWell })
    await this.#updateGuard()
    await this.#tell(setState(backend, name, 'drain'), options)
    return { name }
  }

  /** Lets the balancer's machine know how to put back what is out: we may not live to do it. */
  async #updateGuard(): Promise<void> {
    const { socket, backend } = this.options
    const out = [...this.#out.keys()]
    await this.#session.guardWith(out.length > 0 ? [makeReady(socket, backend, out)] : [])
  }

  #tell(order: string | undefined, options?: CallOptions): Promise<readonly ServerState[]> {
    const { socket, backend } = this.options
    return this.#session.perform(tell(this.host.name, socket, backend, order), options)
  }

  /** How a server is once it is as it should be, or the time is up. */
  async #await(
    name: string,
    seconds: number,
    isGood: (server: ServerState) => boolean,
    options?: CallOptions,
  ): Promise<ServerState> {
    const elapsed = stopwatch()
    while (true) {
      const server = (await this.#tell(undefined, options)).find(each => each.name === name)
      if (!server) throw this.#unknown(name, [])
      if (isGood(server) || elapsed() >= seconds * 1000) return server
      await pause(LOOK_MS)
    }
  }

  #find(host: string, servers: readonly ServerState[]): ServerState {
    const [server, ...others] = serversOf(host, servers, this.options.servers)
    if (!server || others.length > 0) throw this.#unknown(host, servers, server && 'several are')
    return server
  }

  #unknown(host: string, servers: readonly ServerState[], how = 'none is'): BalancerError {
    const there = servers.map(({ name, addresses }) =>
      [name, ...addresses.map(each => `(${each})`)].join(' '),
    )
    return new BalancerError('UNKNOWN_SERVER', {
      what: `find out which server of ${this.options.backend} ${host} is`,
      host: this.host.name,
      why: `${how}, of ${there.join(', ')}`,
      remedy: `name it: servers: { '${host}': '${servers[0]?.name ?? '…'}' }.`,
    })
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act)
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}
