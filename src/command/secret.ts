import { inspect } from 'node:util'

/** What a secret shows as. */
export const MASK = '[secret]'

/**
 * A value that must not be seen: a password, a token, a passphrase.
 *
 * It shows as `[secret]` wherever it is printed, logged, inspected or turned into JSON. Inside a
 * {@link Command} it travels by standard input, never as an argument of a process.
 *
 * @example
 * ```ts
 * const password = Secret.of(process.env.DB_PASSWORD ?? '')
 * console.log(`${password}`) // [secret]
 * ```
 */
export class Secret {
  readonly #value: string

  private constructor(value: string) {
    this.#value = value
  }

  /** Wraps a value; a secret is returned as it is. */
  static of(value: string | Secret): Secret {
    return value instanceof Secret ? value : new Secret(value)
  }

  /** The value itself. Whoever calls this has to keep it from being seen. */
  reveal(): string {
    return this.#value
  }

  /** `[secret]` */
  toString(): string {
    return MASK
  }

  /** `[secret]` */
  toJSON(): string {
    return MASK
  }

  /** `[secret]` */
  [inspect.custom](): string {
    return MASK
  }
}
