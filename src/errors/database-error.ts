import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * Why nothing could be done with a database: its server does not let the user in, or not the administrator; it is not
 * reached; a dump is broken; its client programs are missing; or something else, which the output tells.
 */
export type DatabaseErrorCode =
  | 'DATABASE_DENIED'
  | 'DATABASE_ADMINISTRATOR_DENIED'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_DUMP_BROKEN'
  | 'DATABASE_TOOL_MISSING'
  | 'DATABASE_FAILED'

/**
 * Something could not be done with a database. What was in it is as it was.
 *
 * Codes: see {@link DatabaseErrorCode}.
 */
export class DatabaseError extends DyeError {
  constructor(code: DatabaseErrorCode, account: ErrorAccount) {
    super(code, account)
  }
}
