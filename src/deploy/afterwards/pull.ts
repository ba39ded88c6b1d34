import { posix } from 'node:path'
import { chosenEnvironment } from '../../application/checkout.js'
import { checkoutPlace } from '../../application/place.js'
import { change } from '../../command/command.js'
import type { CommandResult } from '../../command/result.js'
import type { Database } from '../../database/database.js'
import type { DumpResult } from '../../database/dump.js'
import { OptionError } from '../../errors/option-error.js'
import { Host } from '../../host/host.js'
import type { TransferProgress } from '../../host/transfer/transfer-options.js'
import { stopwatch, timestamp } from '../../support/clock.js'
import { layoutOf, withOwnSession } from '../on-each.js'
import { callsOf, type LiveOptions, liveScript, primaryOf } from './live.js'

/** What a function of yours gets while a database is pulled. */
export interface PullState {
  /** This machine, in the directory of the checkout. */
  readonly host: Host
  /** Whose settings are in force here. */
  readonly environment: string
  /** The database here. */
  readonly database: Database
  /** Runs a command of the checkout's `manage.py`. */
  manage(...words: readonly string[]): Promise<CommandResult>
}

/** What is pulled, from where, and into which checkout. */
export interface PullOptions extends LiveOptions {
  /** The checkout. @defaultValue the working directory */
  readonly directory?: string
  /** The database here, of the same kind. @defaultValue `database`, as the settings here describe it */
  readonly localDatabase?: Database
  /** Runs when the dump has come, before it is loaded: it may rewrite it, `file` is compressed by gzip. */
  readonly preLoad?: (state: PullState & { readonly file: string }) => unknown
  /**
   * Runs as soon as the dump is loaded, to take out what is nobody's business here. If it fails, the database here is
   * emptied: what was not made anonymous does not stay.
   */
  readonly anonymise?: (state: PullState) => unknown
  /** Gets to know how much of the dump has come. */
  readonly onProgress?: (progress: TransferProgress) => void
}

/** What was pulled. */
export interface PullResult {
  /** Whose settings are in force here. */
  readonly environment: string
  /** Size of the dump in bytes, compressed. */
  readonly bytes: number
  /** Rows of each table in it. */
  readonly rows: Readonly<Record<string, number>>
  readonly durationMs: number
}

/** Makes the dump on the server, fetches it, and leaves nothing of it there. */
function fetchDump(options: PullOptions, database: Database, local: string): Promise<DumpResult> {
  const layout = layoutOf(options)
  const file = posix.join(layout.dumps, `pulled-${timestamp(new Date())}-${process.pid}.gz`)
  const { onProgress, signal } = options
  const dump = liveScript(options, `dump the ${database.title}`, ({ credentials }) =>
    database.dumpScript(file, credentials),
  )
  return withOwnSession(primaryOf(options), async host => {
    try {
      const result = await host.perform(dump, callsOf(options))
      await host.download(file, local, {
        mode: 0o600,
        ...(onProgress && { onProgress }),
        ...(signal && { signal }),
      })
      return result
    } finally {
      await host.runAll([change`rm -f -- ${file}`]).catch(() => undefined) // what failed before is what is told
    }
  })
}

/**
 * Brings the data of a site to this machine: dumps its database there, beside the running site, fetches the dump, and
 * loads it into the database of a checkout, as a whole or not at all. What was in that is gone. Neither machine keeps
 * the dump.
 *
 * @throws {@link OptionError} when the settings in force here are those of production, or the databases are not of one kind
 * @throws {@link DumpError} {@link TransferError} {@link DatabaseError} when a part of it fails
 *
 * @example
 * ```ts
 * await pull({ ...options, anonymise: ({ manage }) => manage('anonymise') })
 * ```
 */
export async function pull(options: PullOptions): Promise<PullResult> {
  const elapsed = stopwatch()
  const { database, application, virtualenv, signal } = options
  if (!database) throw new OptionError('database', 'there is none')
  const into = options.localDatabase ?? database
  if (!into.isLike(database)) {
    throw new OptionError(
      'localDatabase',
      `a dump of the ${database.title} cannot be loaded into the ${into.title}`,
    )
  }
  const directory = posix.resolve(options.directory ?? '.')
  await using machine = Host.local()
  const host = machine.within(directory)
  const environment = await chosenEnvironment(host, application, undefined)
  if (environment === 'production') {
    throw new OptionError(
      'directory',
      `in ${directory} the settings of production are in force`,
      'make the checkout ready for another environment with develop().',
    )
  }
  const place = checkoutPlace(directory, environment, virtualenv)
  const credentials = application?.databaseCredentials?.(place, into.alias)
  const calls = { ...callsOf(options), ...(credentials && { credentials }) }
  const state: PullState = {
    host,
    environment,
    database: into,
    manage: async (...words) => {
      const command = application?.manage?.(place, ...words)
      if (!command) throw new OptionError('application', 'there is none that has commands')
      const [result] = await host.runAll([command], callsOf(options))
      return result as CommandResult
    },
  }
  await using temporary = await host.files.temporaryDirectory(signal ? { signal } : {})
  const file = posix.join(temporary.path, 'dump.gz')
  const { bytes, rows } = await fetchDump(options, database, file)
  await options.preLoad?.({ ...state, file })
  await into.ensure(host, calls)
  await into.restore(host, file, calls)
  try {
    await options.anonymise?.(state)
  } catch (error) {
    await into.clean(host, { ...calls, environment })
    throw error
  }
  return { environment, bytes, rows, durationMs: elapsed() }
}
