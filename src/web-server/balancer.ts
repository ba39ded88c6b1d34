import type { CallOptions } from '../host/host.js'

/** What became of a host in a balancer. */
export interface BalancerMove {
  readonly changed: boolean
  /** One line for people: what was done, or why nothing was. */
  readonly note: string
  readonly warnings?: readonly string[]
}

/**
 * A balancer at work for one deploy. Hosts are told by their names in the options of the deploy. What it has taken out
 * goes back in when the session ends, in whatever way: should it be lost, the balancer's machine sees to that by itself.
 */
export interface BalancerSession {
  /** Makes sure that it knows a host, and touches nothing. @throws {@link BalancerError} */
  check(host: string, options?: CallOptions): Promise<BalancerMove>
  /** Sends no new visitors to a host, and waits until those that are there are served. */
  leave(host: string, options?: CallOptions): Promise<BalancerMove>
  /** Sends visitors to a host again, if it was this session that took it out. @throws {@link BalancerError} unless it is well */
  join(host: string, options?: CallOptions): Promise<BalancerMove>
  /** Puts back what is still out, and ends the session. */
  close(): Promise<{ readonly roundTrips: number; readonly connections: number }>
}

/** What stands in front of several hosts and sends each visitor to one of them. */
export interface Balancer {
  /** What it is, for people: `HAProxy on deploy@lb.example.org`. */
  readonly title: string
  /** Begins a session; it connects when it is first used. */
  open(): BalancerSession
}
