import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * A file or a tree could not be brought to a host or from it. What stood under the final names is whole: each
 * file is the old one or the new one.
 *
 * Codes: `TRANSFER_FAILED`, `TRANSFER_INCOMPLETE` (fewer bytes arrived than were announced),
 * `TRANSFER_REFUSED` (what the other side sent or holds must not be written here), `SOURCE_NOT_FOUND`.
 */
export class TransferError extends DyeError {
  /** The file or tree that was to be transferred, as it was named by the caller. */
  readonly path: string

  constructor(
    code: 'TRANSFER_FAILED' | 'TRANSFER_INCOMPLETE' | 'TRANSFER_REFUSED' | 'SOURCE_NOT_FOUND',
    account: ErrorAccount & { readonly path: string },
  ) {
    super(code, account)
    this.path = account.path
  }
}
