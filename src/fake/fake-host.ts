import { OptionError } from '../errors/option-error.js'
import { Host } from '../host/host.js'
import type { CommandPattern, FakeAnswer } from './answers.js'
import { FakeConnection } from './fake-connection.js'
import type { FakeFailure, FakeStepName, FaultPlace } from './faults.js'
import type { FakeClock } from './machine/clock.js'
import type { Tables } from './machine/databases.js'
import type { Machine } from './machine/machine.js'
import { MachineSession } from './machine/machine-session.js'
import type { FakeRepository } from './machine/repositories.js'
import { sqliteTables } from './machine/sqlite-file.js'
import { serverOf } from './server.js'
import type { FakeServerOptions } from './server-options.js'

/** The tables of a database: of SQLite by its file, else of the system that has one of the name. */
function tablesOf({ parts, files }: Machine, database: string): Tables {
  if (database.startsWith('/')) return sqliteTables(files.tryRead(database) ?? '') ?? new Map()
  return [parts.databases, parts.postgresql].find(each => each.has(database))?.tables(database) ?? new Map()
}

/** Where a fault is to be: the name of a step stands for its first command. */
function placeOf(place: FakeStepName | FaultPlace): FaultPlace {
  return typeof place === 'string' ? { step: place } : place
}

/**
 * A host without a machine, for tests of your own; works with any test framework.
 *
 * Made by `new` it answers what was prepared, remembers what was run, and fails on a command that nobody prepared an
 * answer for. Made by {@link FakeHost.server} it is a server in memory besides, on which whole deploys run.
 *
 * @example
 * ```ts
 * const host = new FakeHost().answer('df -P /', '…').answer(/^systemctl reload /, { exitCode: 1 })
 * await hook({ host })
 * expect(host.transcript).toEqual(['systemctl reload nginx'])
 * ```
 */
export class FakeHost extends Host {
  readonly #connection: FakeConnection
  #machine: Machine | undefined

  /** @param name - @defaultValue `fake` */
  constructor(name = 'fake') {
    const connection = new FakeConnection(name)
    super(Host.sharing(connection), {}, {})
    this.#connection = connection
  }

  /**
   * A server in memory: users, files, git, Python, systemd, Apache or nginx, MariaDB, PostgreSQL, SQLite, as far as a
   * deploy has to do with them. The scripts of the steps run on it as they are, in a shell of its own, and no answer need be prepared for them. Nothing of it reaches
   * the machine that the test runs on, and it takes milliseconds.
   *
   * What it runs is the shell's part: of Python and Django it knows what our own steps ask of them, by the files of the
   * project (a migration whose code has a `raise` in it fails, and so does what serves a module that has one). A program that it does not know fails the test.
   * Data that streams is not faked: `host.upload()`, `directory()`, input from streams.
   *
   * @example
   * ```ts
   * const host = FakeHost.server({ repositories: { 'git@git.example.org:carers.git': repository } })
   * const result = await deploy({ ...options, hosts: [host] })
   * expect(await host.files.readText('/var/django/carers/dev/NEWS')).toBe('new')
   * ```
   * @throws {@link OptionError} when an option cannot be used
   */
  static server(options: FakeServerOptions = {}): FakeHost {
    const { machine, user } = serverOf(options)
    const host = new FakeHost(machine.parts.name)
    host.#machine = machine
    host.#connection.openSession = () => new MachineSession(machine, user)
    return host
  }

  /** Prepares an answer, which comes in place of the command; of several that fit a command the last one counts. Returns the host itself. */
  answer(pattern: CommandPattern, answer: FakeAnswer): this {
    this.#connection.answers.push([pattern, answer])
    return this
  }

  /**
   * Makes a command fail, once, without running it. Returns the host itself.
   *
   * @example
   * ```ts
   * host.failAt({ step: 'reload', exitCode: 1, stderr: 'apache2: no more memory' })
   * ```
   */
  failAt(failure: FakeFailure): this {
    this.#connection.faults.fail(failure)
    return this
  }

  /**
   * Lets the connection break, once, when a command has run: its answer is lost, and nothing that was sent with it
   * is run. A server in memory then does what it was told for that case, and lets the lock go. Returns the host itself.
   *
   * @param place - the name of a step stands for its first command
   */
  dropAt(place: FakeStepName | FaultPlace): this {
    this.#connection.faults.drop(placeOf(place))
    return this
  }

  /**
   * Makes commands take longer: all of them, or those of a place. It is waited by `setTimeout`, so that the fake timers of
   * a test framework rule it; the clock of a server in memory stays as it is. Returns the host itself.
   */
  slow(milliseconds: number, place: FaultPlace = {}): this {
    this.#connection.faults.delay(milliseconds, place)
    return this
  }

  /**
   * Lets the disk of a server in memory be full, at once or when a command comes. Returns the host itself.
   *
   * @param place - the name of a step stands for its first command. @defaultValue at once
   * @throws {@link OptionError} for a host that is no server
   */
  fillDisk(place?: FakeStepName | FaultPlace): this {
    const { tree } = this.#server
    const fill = () => {
      tree.full = true
    }
    if (place === undefined) fill()
    else this.#connection.faults.act(placeOf(place), fill)
    return this
  }

  /** Lets there be room on the disk again. Returns the host itself. @throws {@link OptionError} for a host that is no server */
  freeDisk(): this {
    this.#server.tree.full = false
    return this
  }

  /** Puts a repository in the place of another one, or beside it. Returns the host itself. @throws {@link OptionError} for a host that is no server */
  repository(url: string, repository: FakeRepository): this {
    this.#server.parts.repositories.set(url, repository)
    return this
  }

  /** The commands that were run, in order, as people read them: secrets are masked. */
  get transcript(): readonly string[] {
    return this.#connection.transcript
  }

  /** The clock of a server in memory. @throws {@link OptionError} for a host that is no server */
  get clock(): FakeClock {
    return this.#server.clock
  }

  /** What a server in memory was told for syslog. @throws {@link OptionError} for a host that is no server */
  get log(): readonly string[] {
    return this.#server.parts.log
  }

  /**
   * The rows of a table of a database of a server in memory, as they stand in a dump; undefined if there is no such table.
   *
   * @param database - its name; of SQLite the path of its file
   * @throws {@link OptionError} for a host that is no server
   */
  rows(database: string, table: string): readonly string[] | undefined {
    return tablesOf(this.#server, database).get(table)
  }

  /**
   * All paths below a directory of a server in memory, relative to it, links with where they point: `dev -> previous/…`.
   *
   * @param depth - how many levels. @defaultValue all
   * @throws {@link OptionError} for a host that is no server
   */
  tree(directory: string, depth = Number.POSITIVE_INFINITY): readonly string[] {
    const start = directory.replace(/\/*$/, '/')
    return [...this.#server.files.walk(start)].slice(1).flatMap(([path, node]) => {
      const relative = path.slice(start.length)
      if (relative.split('/').length > depth) return []
      return node.kind === 'link'
        ? `${relative} -> ${node.target}`
        : `${relative}${node.kind === 'directory' ? '/' : ''}`
    })
  }

  get #server(): Machine {
    if (this.#machine) return this.#machine
    throw new OptionError(
      'host',
      'a host with prepared answers only has no machine',
      'make it by FakeHost.server().',
    )
  }
}
