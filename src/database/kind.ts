import type { Command } from '../command/command.js'
import type { Program } from '../command/program.js'
import type { Credentials } from './credentials.js'

/** Exit code of {@link DatabaseKind.ensure} when no administrator is let in. */
export const NO_ADMINISTRATOR = 5

/**
 * What a kind of database can do, as shell text for its server. All but `prepare` run after it, in the same shell, and
 * find the variables and functions that it has set.
 */
export interface DatabaseKind {
  /** `MySQL database carers` */
  readonly title: string
  /** Which of an application's databases it is. */
  readonly alias: string
  /** Programs that it needs on the server. */
  readonly needs: readonly Program[]
  /** Sets things up, with `$dir` for temporary files. */
  prepare(credentials: Credentials | undefined): Command
  /** Succeeds if the application's user can use the database. */
  readonly look: Command
  /** Makes database, user and grants; prints `created` or `present`. */
  readonly ensure: Command
  /** Prints the names of the tables, a line each. */
  readonly tables: Command
  /** Prints the dump. */
  readonly print: Command
  /**
   * Reads a dump, fails if it is not complete, and prints the tables in it, a line each; after a tab the number of
   * rows, where the dump tells.
   */
  readonly check: Command
  /** Prints names of tables with a tab and the number of rows, where the dump does not tell. */
  readonly count: Command | undefined
  /** Brings back the dump `$file`, which is complete, as a whole or not at all. */
  readonly restore: Command
  /** Takes out all that is in it; who may use it stays. */
  readonly clean: Command
  /** Deletes it, and leaves its user alone. */
  readonly drop: Command
}
