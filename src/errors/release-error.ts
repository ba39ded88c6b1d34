import { DyeError, type ErrorAccount } from './dye-error.js'

/** Which release, and what of it: it is not there, or not whole; a path that is shared hides files, or is nowhere; its database cannot be had back. */
export type ReleaseErrorCode =
  | 'NO_SUCH_RELEASE'
  | 'RELEASE_UNUSABLE'
  | 'SHARED_HIDES_FILES'
  | 'SHARED_FILE_MISSING'
  | 'NO_DUMP'
  | 'MIGRATIONS_IRREVERSIBLE'

/**
 * A release is not there, or not in a state in which it can be used.
 *
 * Codes: see {@link ReleaseErrorCode}.
 */
export class ReleaseError extends DyeError {
  constructor(code: ReleaseErrorCode, account: ErrorAccount) {
    super(code, account)
  }
}
