import type { Host } from '../host.js'

/**
 * A directory on a host that is gone afterwards; made by {@link Files.temporaryDirectory}.
 *
 * @example
 * ```ts
 * await using temporary = await host.files.temporaryDirectory()
 * await host.upload('dump.sql', `${temporary.path}/dump.sql`)
 * ```
 */
export class TemporaryDirectory implements AsyncDisposable {
  readonly #host: Host

  /** @internal */
  constructor(
    host: Host,
    /** Where it is; only its owner can enter it. */
    readonly path: string,
  ) {
    this.#host = host
  }

  /** Removes it with all that is in it: `rm -rf`. Does nothing if it is gone already. */
  async remove(): Promise<void> {
    await this.#host.files.remove(this.path, { recursive: true })
  }

  /** The same as {@link TemporaryDirectory.remove}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove()
  }
}
