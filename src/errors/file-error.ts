import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * A file or directory on a host could not be read, written, linked or removed.
 *
 * Codes: `FILE_NOT_FOUND`, `FILE_DENIED`, `FILE_FAILED`.
 */
export class FileError extends DyeError {
  /** The file or directory, as it was named by the caller. */
  readonly path: string

  constructor(
    code: 'FILE_NOT_FOUND' | 'FILE_DENIED' | 'FILE_FAILED',
    account: ErrorAccount & { readonly path: string },
  ) {
    super(code, account)
    this.path = account.path
  }
}
