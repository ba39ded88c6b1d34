import type { Host } from './host.js'

/** How often a connection is lent, and how often it had been made before the first of these loans. */
export interface Lending {
  count: number
  connectsBefore: number
}

/** A host for one piece of work among several: whoever is the last to give it back hangs up, if nobody was connected before. */
export class Loan {
  readonly #connectsBefore: number

  /** @internal By {@link Host.lend}. */
  constructor(
    private readonly original: Host,
    /** A copy with a shell of its own. */
    readonly host: Host,
    private readonly lending: Lending,
  ) {
    this.#connectsBefore = original.connects
    if (lending.count === 0) lending.connectsBefore = original.connects
    lending.count += 1
  }

  /** Connections made since it was lent. */
  get connections(): number {
    return this.original.connects - this.#connectsBefore
  }

  /**
   * Ends the shell, and the connection if it is to end.
   *
   * @param shell - `with-connection`: nobody needs to tell the shell that it ends, if the connection ends, too
   */
  async giveBack(shell: 'properly' | 'with-connection' = 'properly'): Promise<void> {
    if (shell === 'properly' || !this.#isToEnd(1)) await this.host.closeSession()
    this.lending.count -= 1
    if (this.#isToEnd(0)) await this.original.close()
  }

  #isToEnd(count: number): boolean {
    return this.lending.count === count && this.original.connects > this.lending.connectsBefore
  }
}
