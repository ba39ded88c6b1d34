import { ask, type Command, change } from '../command/command.js'
import type { Program } from '../command/program.js'
import { type Script, script } from '../command/script.js'
import { Secret } from '../command/secret.js'
import { DatabaseError } from '../errors/database-error.js'
import { OptionError } from '../errors/option-error.js'
import type { CallOptions, Host } from '../host/host.js'
import type { Credentials, ServerDatabaseOptions } from './credentials.js'
import { type DumpResult, dumpTo } from './dump.js'
import { explain } from './failure.js'
import type { DatabaseKind } from './kind.js'
import { Mysql, type MysqlOptions } from './mysql.js'
import { Postgresql, type PostgresqlOptions } from './postgresql.js'
import { Sqlite, type SqliteOptions } from './sqlite.js'

/** What `ensure` did. */
export interface EnsureResult {
  readonly changed: boolean
  readonly reason: string
}

/** How something is done with a database. */
export interface DatabaseCallOptions extends CallOptions {
  /** Who logs in, as the application says it on the server. @defaultValue what the options of the database say */
  readonly credentials?: Credentials
}

/** Leave to destroy what is in a database. */
export interface DestroyOptions extends DatabaseCallOptions {
  /** Which environment the database belongs to: `staging`, `development`, … */
  readonly environment: string
  /** True: the data of `production`, too. @defaultValue false */
  readonly evenProduction?: boolean
}

function checkLeave({ environment, evenProduction }: DestroyOptions, what: string): void {
  if (environment !== 'production' || evenProduction === true) return
  throw new OptionError(
    'environment',
    `the database of production is not ${what}`,
    'say { evenProduction: true } if it has to be.',
  )
}

/**
 * A database of a site: one class whatever its kind. All its work is done on the host, with the client programs there.
 *
 * `credentials` are those that the application uses, asked of it on the server; without them, those of the
 * options count. What is lost when a restore fails, or is killed: nothing. See {@link Database.restore}.
 *
 * @example
 * ```ts
 * const database = Database.postgresql({ name: 'app' })
 * const { bytes, rows } = await database.dump(host, '/backup/today.sql.gz')
 * ```
 */
export class Database {
  readonly #kind: DatabaseKind
  readonly #authorised: (() => Promise<Database>) | undefined

  private constructor(kind: DatabaseKind, authorised?: () => Promise<Database>) {
    this.#kind = kind
    this.#authorised = authorised
  }

  static #onServer<Options extends ServerDatabaseOptions>(
    options: Options,
    make: (options: Options) => DatabaseKind,
  ): Database {
    const { administrator } = options
    const question = administrator?.password
    if (typeof question !== 'function') return new Database(make(options))
    let asked: Promise<Database> | undefined
    const ask = async () => {
      const password = Secret.of(await question())
      return new Database(make({ ...options, administrator: { ...administrator, password } }))
    }
    return new Database(make(options), () => {
      asked ??= ask()
      return asked
    })
  }

  /** MySQL or MariaDB. */
  static mysql(options: MysqlOptions = {}): Database {
    return Database.#onServer(options, all => new Mysql(all))
  }

  /** PostgreSQL, 13 or newer. */
  static postgresql(options: PostgresqlOptions = {}): Database {
    return Database.#onServer(options, all => new Postgresql(all))
  }

  /** SQLite, through Python's own module: the server needs no other program. */
  static sqlite(options: SqliteOptions): Database {
    return new Database(new Sqlite(options))
  }

  /** What it is, for people: `MySQL database carers`. */
  get title(): string {
    return this.#kind.title
  }

  /** Programs that it needs on the server. */
  get needs(): readonly Program[] {
    return [...this.#kind.needs, { names: ['gzip'], package: 'gzip' }]
  }

  /** Tells whether dumps of the other one can be brought back into it: both are of the same kind. */
  isLike(other: Database): boolean {
    return this.#kind.constructor === other.#kind.constructor
  }

  /** Which of the application's databases it is. */
  get alias(): string {
    return this.#kind.alias
  }

  /** Makes database, user and grants, as far as they are not there; the password is set if the user is not let in. */
  ensureScript(credentials?: Credentials): Script<EnsureResult> {
    return script(
      [this.#change(this.#kind.ensure, credentials)],
      ([{ stdout }]) => ({
        changed: stdout === 'created',
        reason: stdout === 'created' ? 'it was not there, or its user could not log in' : 'it is there',
      }),
      explain(`make sure of the ${this.title}`),
    )
  }

  /**
   * The same database, with an administrator whose password was asked for; undefined if nobody is to be asked. For one
   * whose {@link Database.ensureScript} was refused for want of an administrator.
   */
  get authorised(): (() => Promise<Database>) | undefined {
    return this.#authorised
  }

  /** Asks whether all that {@link Database.ensure} would make is there; fails if not. */
  lookCommand(credentials?: Credentials): Command {
    return this.#ask(this.#kind.look, credentials)
  }

  /** Writes a compressed dump beside `file`, verifies it, and renames it. */
  dumpScript(file: string, credentials?: Credentials): Script<DumpResult> {
    return dumpTo(this.#kind, file, credentials)
  }

  /** Brings back a dump; see {@link Database.restore}. */
  restoreCommand(file: string, credentials?: Credentials): Command {
    const { check, restore } = this.#kind
    return this.#change(
      change`file=${file}
      { gzip -dcf -- "$file" 2>/dev/null || : >"$dir/failed"; } | { ${check} || : >"$dir/failed"; } >/dev/null 2>&1
      [ -s "$file" ] && [ ! -e "$dir/failed" ] || { echo "$file is not a complete dump" >&2; exit 1; }
      ${restore}`,
      credentials,
    )
  }

  /** What {@link Database.restore} runs. */
  restoreScript(file: string, credentials?: Credentials): Script<void> {
    const command = this.restoreCommand(file, credentials)
    return script([command], () => undefined, explain(`bring back the dump ${file}`))
  }

  /** What {@link Database.clean} runs. */
  cleanScript(credentials?: Credentials): Script<void> {
    return this.#destroying(this.#kind.clean, `clean the ${this.title}`, credentials)
  }

  /**
   * Makes database, user and grants, as far as they are not there.
   *
   * @throws {@link DatabaseError} when nobody is let in who could make them
   */
  ensure(host: Host, options: DatabaseCallOptions = {}): Promise<EnsureResult> {
    return this.#withAdministrator(of => host.perform(of.ensureScript(options.credentials), options))
  }

  /** Tells whether the database is there, and lets its user in. */
  async exists(host: Host, options: DatabaseCallOptions = {}): Promise<boolean> {
    const [result] = await host.runAll([this.lookCommand(options.credentials).acceptingAny()], options)
    return result?.exitCode === 0
  }

  /** Names of its tables; in PostgreSQL with their schema: `public.visits`. */
  tables(host: Host, options: DatabaseCallOptions = {}): Promise<readonly string[]> {
    const { tables } = this.#kind
    const asked = script(
      [this.#ask(tables, options.credentials)],
      ([{ lines }]) => lines,
      explain(`list the tables of the ${this.title}`),
    )
    return host.perform(asked, options)
  }

  /** Tells whether it has a table. */
  async tableExists(host: Host, table: string, options: DatabaseCallOptions = {}): Promise<boolean> {
    const names = await this.tables(host, options)
    return names.includes(table) || names.includes(`public.${table}`)
  }

  /**
   * Makes a compressed dump without stopping who writes. It is read back before it gets its name: it has to end as a
   * whole one does, and to have every table.
   *
   * @param file - on the host; its directory is made
   * @throws {@link DumpError} when there is none in the end; what was there under this name stays then
   */
  dump(host: Host, file: string, options: DatabaseCallOptions = {}): Promise<DumpResult> {
    return host.perform(this.dumpScript(file, options.credentials), options)
  }

  /**
   * Brings back a dump, as a whole or not at all. PostgreSQL: in one transaction. SQLite: beside, then renamed. MySQL:
   * into a new database whose tables then take the place of the old ones in one statement; without an administrator,
   * or with views, triggers or routines, into the database itself, which is dumped first, and that dump
   * comes back when the load fails, or is left beside the dump when all is killed.
   *
   * @throws {@link DatabaseError} when the dump is broken, or could not be loaded
   */
  restore(host: Host, file: string, options: DatabaseCallOptions = {}): Promise<void> {
    return host.perform(this.restoreScript(file, options.credentials), options)
  }

  /**
   * Takes out all that is in it: tables, views, routines. Its user and the grants stay.
   *
   * @throws {@link OptionError} for production, unless allowed apart
   */
  clean(host: Host, options: DestroyOptions): Promise<void> {
    checkLeave(options, 'cleaned')
    return host.perform(this.cleanScript(options.credentials), options)
  }

  /**
   * Deletes it. Its user stays.
   *
   * @throws {@link OptionError} for production, unless allowed apart
   */
  drop(host: Host, options: DestroyOptions): Promise<void> {
    checkLeave(options, 'dropped')
    const dropping = (of: Database) =>
      of.#destroying(of.#kind.drop, `drop the ${this.title}`, options.credentials)
    return this.#withAdministrator(of => host.perform(dropping(of), options))
  }

  async #withAdministrator<T>(act: (database: Database) => Promise<T>): Promise<T> {
    try {
      return await act(this)
    } catch (error) {
      const isDenied = error instanceof DatabaseError && error.code === 'DATABASE_ADMINISTRATOR_DENIED'
      if (!isDenied || !this.#authorised) throw error
      return act(await this.#authorised())
    }
  }

  #destroying(command: Command, what: string, credentials: Credentials | undefined): Script<void> {
    return script([this.#change(command, credentials)], () => undefined, explain(what))
  }

  #ask(command: Command, credentials: Credentials | undefined): Command {
    return ask`${this.#kind.prepare(credentials)}
      ${command}`
  }

  #change(command: Command, credentials: Credentials | undefined): Command {
    return change`${this.#kind.prepare(credentials)}
      ${command}`
  }
}
