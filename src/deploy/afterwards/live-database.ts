import { posix } from 'node:path'
import { mapped, type Script, together } from '../../command/script.js'
import type { Database } from '../../database/database.js'
import type { DumpResult } from '../../database/dump.js'
import { OptionError } from '../../errors/option-error.js'
import { timestamp } from '../../support/clock.js'
import { checkProduction, type LiveOptions, type LivePlace, onLive, type ProductionOptions } from './live.js'

/** Which database is dumped, and where to. */
export interface DumpOptions extends LiveOptions {
  /** File on the server, absolute. @defaultValue one in the project's directory of dumps, named by the time */
  readonly file?: string
}

/** Which dump is brought back. */
export interface RestoreOptions extends LiveOptions, ProductionOptions {
  /** File on the server: an absolute path, or the name of one in the project's directory of dumps. */
  readonly dump: string
}

/** What became of a database. */
export interface ChangedDatabase {
  /** The dump that was made before. */
  readonly before: DumpResult
}

function databaseOf({ database }: LiveOptions): Database {
  if (database) return database
  throw new OptionError('database', 'there is none')
}

function dumpBefore(
  database: Database,
  { layout, credentials }: LivePlace,
  what: string,
): Script<DumpResult> {
  const file = posix.join(layout.dumps, `before-${what}-${timestamp(new Date())}.gz`)
  return database.dumpScript(file, credentials)
}

/**
 * Dumps the database of the site that is live, beside the running site; see {@link Database.dump}.
 *
 * @throws {@link DumpError} when there is none in the end
 * @throws {@link ReleaseError} when nothing is live
 * @example
 * ```ts
 * const { file, bytes, rows } = await dumpDatabase(options)
 * ```
 */
export function dumpDatabase(options: DumpOptions): Promise<DumpResult> {
  const database = databaseOf(options)
  const name = `by-hand-${timestamp(new Date())}.gz`
  return onLive(options, `dump the ${database.title}`, ({ layout, credentials }) =>
    database.dumpScript(options.file ?? posix.join(layout.dumps, name), credentials),
  )
}

/**
 * Brings back a dump into the database of the site that is live, which stays on meanwhile. What is there now is dumped
 * first; it is replaced as a whole or not at all. Holds the lock of the deploys.
 *
 * @throws {@link OptionError} for production, unless allowed apart
 * @throws {@link LockError} while somebody deploys
 * @throws {@link DatabaseError} when the dump is broken, or could not be loaded
 */
export function restoreDatabase(options: RestoreOptions): Promise<ChangedDatabase> {
  const database = databaseOf(options)
  checkProduction(options, 'bringing back a dump')
  const what = `bring back ${options.dump}`
  const make = (live: LivePlace) => {
    const file = posix.resolve(live.layout.dumps, options.dump)
    return together(dumpBefore(database, live, 'restore'), database.restoreScript(file, live.credentials))
  }
  return onLive(options, what, live => mapped(make(live), ([before]) => ({ before })), 'restore')
}

/**
 * Takes out all that is in the database of the site that is live; see {@link Database.clean}. It is dumped first. Holds
 * the lock of the deploys.
 *
 * @throws {@link OptionError} for production, unless allowed apart
 * @throws {@link LockError} while somebody deploys
 */
export function cleanDatabase(options: LiveOptions & ProductionOptions): Promise<ChangedDatabase> {
  const database = databaseOf(options)
  checkProduction(options, 'cleaning a database')
  const make = (live: LivePlace) =>
    together(dumpBefore(database, live, 'clean'), database.cleanScript(live.credentials))
  return onLive(
    options,
    `clean the ${database.title}`,
    live => mapped(make(live), ([before]) => ({ before })),
    'clean',
  )
}
