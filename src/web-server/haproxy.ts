import { OptionError } from '../errors/option-error.js'
import type { Host } from '../host/host.js'
import type { Balancer, BalancerSession } from './balancer.js'
import { HaProxySession } from './haproxy-session.js'

/** Which part of an HAProxy it is about. */
export interface HaProxyOptions {
  /** The backend whose servers the hosts are. */
  readonly backend: string
  /** The socket that takes commands: `stats socket … level admin`. @defaultValue `/run/haproxy/admin.sock` */
  readonly socket?: string
  /**
   * Names of servers by those of hosts: `{ 'web1.example.org': 'blue' }`. @defaultValue for each host the server with
   * its name, with the first part of it, or with its address
   */
  readonly servers?: Readonly<Record<string, string>>
  /** Seconds to wait for requests under way before going on all the same, with a warning. @defaultValue 30 */
  readonly drainSeconds?: number
  /** Seconds within which HAProxy's own checks must find a server well that was put back. @defaultValue 30 */
  readonly joinSeconds?: number
}

/** {@link HaProxyOptions} with every default filled in. */
export type ResolvedHaProxyOptions = Required<HaProxyOptions>

function checkName(value: string): void {
  if (/^[\w.:-]+$/.test(value)) return
  throw new OptionError('balancer', `${JSON.stringify(value)} is not a name in HAProxy`)
}

function checkSeconds(value: number): void {
  if (Number.isFinite(value) && value >= 0) return
  throw new OptionError('balancer', `${value} is not a number of seconds`)
}

/**
 * HAProxy in front of the hosts, told through its socket on its own machine, by python3 or socat; through sudo if the
 * user may not write to the socket.
 *
 * A server that has been drained or put into maintenance by somebody stays as it is, and the only one that is ready is
 * not drained. Visitors who are bound to a server by a cookie are still sent there while it drains.
 *
 * @example
 * ```ts
 * const balancer = HaProxy.on(Host.ssh('deploy@lb.example.org'), { backend: 'carers' })
 * await deploy({ ...options, hosts: [web1, web2], balancer })
 * ```
 */
export class HaProxy implements Balancer {
  readonly #host: Host
  readonly #options: ResolvedHaProxyOptions

  private constructor(host: Host, options: ResolvedHaProxyOptions) {
    this.#host = host
    this.#options = Object.freeze(options)
  }

  /**
   * An HAProxy on a host.
   *
   * @throws {@link OptionError} for names that HAProxy cannot have, and what is not a number of seconds
   */
  static on(host: Host, options: HaProxyOptions): HaProxy {
    const resolved = {
      socket: '/run/haproxy/admin.sock',
      servers: {},
      drainSeconds: 30,
      joinSeconds: 30,
      ...options,
    }
    for (const name of [resolved.backend, ...Object.values(resolved.servers)]) checkName(name)
    for (const seconds of [resolved.drainSeconds, resolved.joinSeconds]) checkSeconds(seconds)
    return new HaProxy(host, resolved)
  }

  get title(): string {
    return `HAProxy on ${this.#host.name}`
  }

  open(): BalancerSession {
    return new HaProxySession(this.#host, this.#options)
  }
}
