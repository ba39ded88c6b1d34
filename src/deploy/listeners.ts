import { logOf } from '../support/log.js'
import type { DeployEvent, DeployListener, Happening } from './events.js'
import { errorOf } from './result.js'

const log = logOf('deploy')

/** The listeners of a run. Whatever they throw, the run goes on. */
export class Listeners {
  readonly #listeners: readonly DeployListener[]
  readonly #pending = new Set<Promise<void>>()
  readonly #failing = new Set<DeployListener>()

  /** @param warnings - gets the text of each warning that is told, and of each failure of a listener */
  constructor(
    given: DeployListener | readonly DeployListener[] | undefined,
    private readonly warnings: string[],
  ) {
    this.#listeners = [given ?? []].flat()
  }

  /** Tells all of them, one after the other. */
  tell(happening: Happening): void {
    if (happening.type === 'warning') this.warnings.push(happening.message)
    const event: DeployEvent = { ...happening, at: new Date() }
    if (event.type !== 'output' && event.type !== 'progress') log('%s %o', event.type, summaryOf(event))
    for (const listener of this.#listeners) this.#call(listener, event)
  }

  /** Resolves when all promises that listeners returned are settled. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  #call(listener: DeployListener, event: DeployEvent): void {
    try {
      const returned = listener(event)
      if (!(returned instanceof Promise)) return
      const handled: Promise<void> = returned.then(
        () => void this.#pending.delete(handled),
        error => {
          this.#pending.delete(handled)
          this.#failed(listener, error)
        },
      )
      this.#pending.add(handled)
    } catch (error) {
      this.#failed(listener, error)
    }
  }

  /** The others get to know it, the first time. */
  #failed(failing: DeployListener, error: unknown): void {
    const message = `onEvent failed: ${errorOf(error).message}`
    if (!this.warnings.includes(message)) this.warnings.push(message)
    if (this.#failing.has(failing)) return
    this.#failing.add(failing)
    const event = { type: 'warning', host: undefined, message, at: new Date() } as const
    for (const listener of this.#listeners) if (listener !== failing) this.#call(listener, event)
  }
}

/** What a line of a log has room for. */
function summaryOf(event: DeployEvent): object {
  if (event.type === 'ended') return { outcome: event.result.outcome, durationMs: event.result.durationMs }
  const { at, type, ...rest } = event
  return rest
}
