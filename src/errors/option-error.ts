import { DyeError } from './dye-error.js'

/**
 * An option has a value that cannot be used. Thrown before anything is connected or changed.
 *
 * Code: `INVALID_OPTION`.
 */
export class OptionError extends DyeError {
  /** Which option. */
  readonly option: string

  constructor(option: string, why: string, remedy?: string) {
    super('INVALID_OPTION', { what: `use the option "${option}"`, why, remedy })
    this.option = option
  }
}
