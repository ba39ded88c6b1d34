import { posix } from 'node:path'
import { chosenEnvironment } from '../application/checkout.js'
import type { Django } from '../application/django.js'
import { type ApplicationPlace, checkoutPlace } from '../application/place.js'
import { change } from '../command/command.js'
import { script } from '../command/script.js'
import type { Database } from '../database/database.js'
import { OptionError } from '../errors/option-error.js'
import { Host } from '../host/host.js'
import { stopwatch } from '../support/clock.js'
import { logOf } from '../support/log.js'
import type { Virtualenv } from '../virtualenv/virtualenv.js'

const log = logOf('develop')

/** What a function of yours gets while a checkout is made ready. */
export interface DevelopState {
  /** This machine, in the directory of the checkout. */
  readonly host: Host
  readonly environment: string
}

/** Functions that run while a checkout is made ready. */
export interface DevelopHooks {
  /** Before anything is done. */
  readonly preDevelop?: (state: DevelopState) => unknown
  /** After all of it. */
  readonly postDevelop?: (state: DevelopState) => unknown
}

/** What a checkout needs to run on this machine. */
export interface DevelopOptions {
  /** The checkout. @defaultValue the working directory */
  readonly directory?: string
  /** Whose settings are put in force. @defaultValue the one that `local_settings.py` points at, else `dev` */
  readonly environment?: string
  /** The Python environment; it is kept at its path itself. @defaultValue none */
  readonly virtualenv?: Virtualenv
  /** What becomes of the virtualenv, whatever its requirements say. @defaultValue nothing */
  readonly rebuild?: 'force' | 'fullRebuild' | 'markFresh'
  readonly application?: Django
  /** @defaultValue none: SQLite by Django's settings needs nothing */
  readonly database?: Database
  /** True: all that is in the database goes, before the migrations. Never in production. @defaultValue false */
  readonly emptyDatabase?: boolean
  /** Functions of yours. */
  readonly hooks?: DevelopHooks
  /** Gets each step when it has ended. */
  readonly onStep?: (step: DevelopStep) => void
  /** Gets what programs print meanwhile. */
  readonly onOutput?: (text: string) => void
  /** Aborting it ends what runs. */
  readonly signal?: AbortSignal
}

/** A step of {@link develop} that has ended. */
export interface DevelopStep {
  readonly step: 'submodules' | 'virtualenv' | 'settings' | 'database' | 'migrations'
  readonly changed: boolean
  readonly note: string
  readonly durationMs: number
}

/** What {@link develop} did. */
export interface DevelopResult {
  /** False: there was nothing to do. */
  readonly changed: boolean
  readonly environment: string
  readonly steps: readonly DevelopStep[]
  /** Those that were run. */
  readonly migrations: readonly string[]
}

const SUBMODULES = script(
  [
    change`
      [ -e .gitmodules ] && git submodule status --recursive 2>/dev/null | grep -q '^-' || exit 0
      git submodule update --init --recursive >&2 && echo initialised`,
  ],
  ([{ stdout }]) => ({
    changed: stdout === 'initialised',
    note: stdout === 'initialised' ? 'initialised' : 'there is none that is missing',
  }),
)

type Done = { readonly changed: boolean; readonly note: string }

/** One checkout that is made ready. */
class Development {
  readonly steps: DevelopStep[] = []
  migrations: readonly string[] = []

  constructor(
    private readonly options: DevelopOptions,
    private readonly host: Host,
    private readonly place: ApplicationPlace,
  ) {}

  async run(): Promise<void> {
    const { virtualenv, application, database, hooks } = this.options
    const state = { host: this.host, environment: this.place.environment }
    await hooks?.preDevelop?.(state)
    await this.#step('submodules', () => this.host.perform(SUBMODULES, this.#calls))
    if (virtualenv) await this.#step('virtualenv', () => this.#ensureVirtualenv(virtualenv))
    if (application) await this.#step('settings', () => this.#linkSettings(application))
    const { emptyDatabase = false } = this.options
    const pending = emptyDatabase || !application ? undefined : await this.#lookAtMigrations(application)
    if (pending === undefined && database) await this.#step('database', () => this.#ensure(database))
    if (application) await this.#step('migrations', () => this.#migrate(application, pending))
    await hooks?.postDevelop?.(state)
  }

  get #calls() {
    const { signal, onOutput } = this.options
    return {
      ...(signal && { signal }),
      ...(onOutput && { onOutput: (_: string, chunk: Buffer) => onOutput(chunk.toString()) }),
    }
  }

  async #step(step: DevelopStep['step'], work: () => Promise<Done>): Promise<void> {
    const elapsed = stopwatch()
    const { changed, note } = await work()
    const done = { step, changed, note, durationMs: elapsed() }
    this.steps.push(done)
    log('%s: %s', step, note)
    this.options.onStep?.(done)
  }

  async #ensureVirtualenv(virtualenv: Virtualenv): Promise<Done> {
    const { rebuild } = this.options
    const here = virtualenv.forEnvironment(this.place.environment).inPlace()
    if (rebuild === 'markFresh') {
      await here.markFresh(this.host, this.#calls)
      return { changed: true, note: 'it was marked as fresh' }
    }
    const how = { force: rebuild === 'force', fullRebuild: rebuild === 'fullRebuild' }
    const { changed, reason } = await this.host.perform(here.ensureScript('.', how), this.#calls)
    return { changed, note: reason }
  }

  async #linkSettings(application: Django): Promise<Done> {
    const { changed, reason } = await this.host.perform(application.linkSettings(this.place), this.#calls)
    return { changed, note: `${this.place.environment}: ${reason}` }
  }

  /** Undefined: the database has to be seen to first. */
  async #lookAtMigrations(application: Django): Promise<readonly string[] | undefined> {
    const { commands, read } = application.lookAtMigrations(this.place)
    const results = await this.host.runAll(
      commands.map(command => command.acceptingAny()),
      this.#calls,
    )
    return results.every(({ exitCode }) => exitCode === 0) ? read(results) : undefined
  }

  async #ensure(database: Database): Promise<Done> {
    const credentials = this.options.application?.databaseCredentials?.(this.place, database.alias)
    const calls = { ...this.#calls, ...(credentials && { credentials }) }
    const { changed, reason } = await database.ensure(this.host, calls)
    if (!this.options.emptyDatabase) return { changed, note: reason }
    const { environment } = this.place
    await database.clean(this.host, { ...calls, environment })
    return { changed: true, note: 'it was emptied' }
  }

  async #migrate(application: Django, seen: readonly string[] | undefined): Promise<Done> {
    const pending = seen ?? (await this.host.perform(application.pendingMigrations(this.place), this.#calls))
    if (pending.length === 0) return { changed: false, note: 'none is pending' }
    await this.host.runAll([application.migrate(this.place)], this.#calls)
    this.migrations = pending
    return { changed: true, note: pending.join(', ') }
  }
}

/**
 * Makes a fresh checkout ready to run on this machine: submodules, virtualenv, private settings, the environment's
 * settings, database and migrations. Done again it does nothing, and says so.
 *
 * @returns what was done; {@link DevelopResult.changed} is false if that was nothing
 * @throws {@link OptionError} when there are no settings for the environment
 * @throws {@link VirtualenvError} {@link DatabaseError} {@link CommandError} when a step fails; those before it stay
 *
 * @example
 * ```ts
 * const { changed } = await develop({ virtualenv, application: Django.at('django/website') })
 * ```
 */
export async function develop(options: DevelopOptions): Promise<DevelopResult> {
  await using host = Host.local()
  const directory = posix.resolve(options.directory ?? '.')
  const { virtualenv, application } = options
  if (!application && !virtualenv) throw new OptionError('application', 'there is nothing to make ready')
  if (options.emptyDatabase && !options.database) throw new OptionError('database', 'there is none to empty')
  const there = host.within(directory)
  const environment = await chosenEnvironment(there, application, options.environment)
  const place = checkoutPlace(directory, environment, virtualenv)
  const development = new Development(options, there, place)
  await development.run()
  const { steps, migrations } = development
  return { changed: steps.some(({ changed }) => changed), environment, steps, migrations }
}
