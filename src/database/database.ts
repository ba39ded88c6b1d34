import type { Command } from '../command/command.js'
import type { Script } from '../command/script.js'
import type { CallOptions, Host } from '../host/host.js'
import type { Credentials } from './credentials.js'
import { Mysql, type MysqlOptions } from './mysql.js'
import { Sqlite, type SqliteOptions } from './sqlite.js'

/** What `ensure` did. */
export interface EnsureResult {
  readonly changed: boolean
  readonly reason: string
}

/** A dump that was made and verified. */
export interface DumpResult {
  readonly file: string
  /** Size in bytes, compressed. */
  readonly bytes: number
}

/**
 * A database of a site, whatever its kind.
 *
 * `credentials` are those that the application uses, asked of it on the server; without them, those of the
 * options count.
 */
export interface Database {
  /** What it is, for people: `MySQL database carers`. */
  readonly title: string
  /** Makes database, user and grants, as far as they are not there. */
  ensureScript(credentials?: Credentials): Script<EnsureResult>
  /** Asks whether all that {@link Database.ensure} would make is there; fails if not. */
  lookCommand(credentials?: Credentials): Command
  /** Writes a compressed dump beside `file`, verifies it, and renames it. */
  dumpScript(file: string, credentials?: Credentials): Script<DumpResult>
  /** Empties the database and loads a dump. A dump that is broken changes nothing. */
  restoreCommand(file: string, credentials?: Credentials): Command
  /** Makes database, user and grants, as far as they are not there. */
  ensure(host: Host, options?: CallOptions): Promise<EnsureResult>
  /** Makes a compressed dump that is verified before it gets its name. */
  dump(host: Host, file: string, options?: CallOptions): Promise<DumpResult>
  /** Empties the database and loads a dump. A dump that is broken changes nothing. */
  restore(host: Host, file: string, options?: CallOptions): Promise<void>
}

/** The databases that a site can have. */
export const Database = {
  /** MySQL or MariaDB. */
  mysql: (options: MysqlOptions): Database => new Mysql(options),
  /** SQLite, through Python's own module: the server needs no other program. */
  sqlite: (options: SqliteOptions): Database => new Sqlite(options),
} as const
