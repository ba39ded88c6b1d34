import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * Why code could not be had: it has no such branch, tag or revision; the server was not let in; it was not
 * reached, or is not what it should be; a program is missing; or it is not in a state to be deployed.
 */
export type SourceErrorCode =
  | 'SOURCE_NO_SUCH_REVISION'
  | 'SOURCE_DENIED'
  | 'SOURCE_UNREACHABLE'
  | 'SOURCE_TOOL_MISSING'
  | 'SOURCE_DIRTY'

/**
 * The code of a release could not be had from its source.
 *
 * Codes: see {@link SourceErrorCode}.
 */
export class SourceError extends DyeError {
  constructor(code: SourceErrorCode, account: ErrorAccount) {
    super(code, account)
  }
}
