import type { TestContext } from 'vitest'
import { CarersSite, type SiteKind } from './site.js'

/** Sites that are used again: as many of a kind as are needed at once. */
export class Sites implements AsyncDisposable {
  readonly #free = new Map<SiteKind, CarersSite[]>()

  /** Lends one to a test. If that fails, the site is given up: the next test is not to suffer from it. */
  async lend<T>(
    kind: SiteKind,
    { onTestFailed }: TestContext,
    use: (site: CarersSite) => Promise<T>,
  ): Promise<T> {
    const free = this.#free.get(kind) ?? []
    this.#free.set(kind, free)
    const site = free.pop() ?? (await CarersSite.start(kind))
    onTestFailed(() => site[Symbol.asyncDispose]())
    const result = await use(site)
    free.push(site)
    return result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#free.values()].flat().map(site => site[Symbol.asyncDispose]()))
  }
}
