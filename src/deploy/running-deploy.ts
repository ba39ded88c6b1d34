import type { DeployEvent, DeployListener } from './events.js'
import type { DeployResult } from './result.js'

/** Events for one `for await`: those that come faster than they are read are kept. */
class EventStream implements AsyncIterator<DeployEvent> {
  readonly #kept: DeployEvent[] = []
  #ended = false
  #wake: () => void = () => {}

  constructor(private readonly leave: () => void) {}

  push(event: DeployEvent): void {
    this.#kept.push(event)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  async next(): Promise<IteratorResult<DeployEvent, undefined>> {
    while (this.#kept.length === 0 && !this.#ended) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    const value = this.#kept.shift()
    return value ? { done: false, value } : { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<DeployEvent, undefined>> {
    this.leave()
    this.#kept.length = 0
    this.end()
    return { done: true, value: undefined }
  }
}

/** A deploy under way: its events for `for await`, and a promise of its result. See {@link Deployment.start}. */
export class RunningDeploy {
  readonly #streams = new Set<EventStream>()
  #over = false

  /**
   * The events from the moment on at which they are asked for: all of them, if that is right after the start. A slow
   * reader does not hold the deploy back; one that leaves early does not end it.
   */
  readonly events: AsyncIterable<DeployEvent> = {
    [Symbol.asyncIterator]: () => {
      const stream = new EventStream(() => this.#streams.delete(stream))
      if (this.#over) stream.end()
      else this.#streams.add(stream)
      return stream
    },
  }

  /** How it ended. A deploy that fails does not reject. */
  readonly result: Promise<DeployResult>

  /** @internal */
  constructor(run: (listener: DeployListener) => Promise<DeployResult>) {
    const tell: DeployListener = event => {
      for (const stream of this.#streams) stream.push(event)
    }
    this.result = Promise.resolve() // so that events can be asked for before the first
      .then(() => run(tell))
      .finally(() => {
        this.#over = true
        for (const stream of this.#streams) stream.end()
      })
  }
}
