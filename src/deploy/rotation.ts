import type { CallOptions } from '../host/host.js'
import type { Balancer, BalancerMove, BalancerSession } from '../web-server/balancer.js'
import type { StepOutcome } from './step.js'

/** The balancers of one run: a host is out of all of them while it is switched. */
export class Rotation {
  readonly #sessions: readonly BalancerSession[]

  constructor(balancers: readonly Balancer[]) {
    this.#sessions = balancers.map(balancer => balancer.open())
  }

  get isEmpty(): boolean {
    return this.#sessions.length === 0
  }

  /** Makes sure that they all know the host. */
  check(host: string, options?: CallOptions): Promise<StepOutcome> {
    return this.#each(session => session.check(host, options))
  }

  /** Takes the host out. */
  leave(host: string, options?: CallOptions): Promise<StepOutcome> {
    return this.#each(session => session.leave(host, options))
  }

  /** Puts the host back, where it was taken out. */
  join(host: string, options?: CallOptions): Promise<StepOutcome> {
    return this.#each(session => session.join(host, options))
  }

  /** Puts back what is still out, and ends the sessions; failures are told. */
  close(
    warn: (error: unknown) => void,
  ): Promise<readonly { readonly roundTrips: number; readonly connections: number }[]> {
    return Promise.all(
      this.#sessions.map(session =>
        session.close().catch(error => {
          warn(error)
          return { roundTrips: 0, connections: 0 }
        }),
      ),
    )
  }

  /** One after the other: where one fails, those behind it are as they were. */
  async #each(act: (session: BalancerSession) => Promise<BalancerMove>): Promise<StepOutcome> {
    const moves: BalancerMove[] = []
    for (const session of this.#sessions) moves.push(await act(session))
    return {
      changed: moves.some(({ changed }) => changed),
      note: moves.map(({ note }) => note).join('; '),
      warnings: moves.flatMap(({ warnings = [] }) => warnings),
    }
  }
}
