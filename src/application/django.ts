import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import type { Program } from '../command/program.js'
import { type Script, script } from '../command/script.js'
import { ReleaseError } from '../errors/release-error.js'
import type { Application, AssetsResult } from './application.js'
import { ASSETS, BACK, CREDENTIALS, IRREVERSIBLE, KNOWN, PENDING } from './django-programs.js'
import { EnvironmentFile, type EnvironmentFileNames } from './environment-file.js'
import { LocalSettings } from './local-settings.js'
import { type ApplicationUser, askForUser, give } from './owner.js'
import type { ApplicationPlace } from './place.js'
import type { SettingsResult, SettingsStyle } from './settings-style.js'

interface DjangoSettings {
  readonly path: string
  readonly entry: string
  readonly style: SettingsStyle
  readonly user: ApplicationUser | undefined
  readonly staticFiles: boolean
  readonly checks: boolean
  readonly databases: readonly string[]
}

/** What {@link ASSETS} tells. */
interface Collected {
  readonly done: readonly string[]
  readonly wrong: readonly string[]
}

/**
 * A Django project, by the directory that has its `manage.py`. Each method returns a changed copy.
 *
 * @example
 * ```ts
 * const application = Django.at('django/website')
 * ```
 */
export class Django implements Application {
  readonly #settings: DjangoSettings

  private constructor(settings: DjangoSettings) {
    this.#settings = Object.freeze(settings)
  }

  /**
   * The project in a directory.
   *
   * @param path - directory with `manage.py` and `settings.py`, relative to the release
   */
  static at(path: string): Django {
    return new Django({
      path: posix.normalize(path),
      entry: 'wsgi/wsgi_handler.py',
      style: new LocalSettings(posix.normalize(path)),
      user: undefined,
      staticFiles: true,
      checks: true,
      databases: ['default'],
    })
  }

  /** The WSGI entry, relative to the release. @defaultValue `wsgi/wsgi_handler.py` */
  wsgi(path: string): Django {
    return new Django({ ...this.#settings, entry: path })
  }

  /** Databases that have migrations, by their aliases in `DATABASES`. @defaultValue `default` */
  databases(...aliases: readonly string[]): Django {
    return new Django({ ...this.#settings, databases: aliases })
  }

  /**
   * The user that its processes run as. Private settings are readable by that one, besides by the deploying user;
   * the directories that releases share, uploads, are that one's. `web-server`: `www-data`, `apache`, whoever it is there.
   *
   * @defaultValue the deploying user
   */
  runsAs(user: ApplicationUser): Django {
    return new Django({ ...this.#settings, user })
  }

  /**
   * For settings that read variables out of a `.env`, in place of `local_settings.py`: it is put together from the
   * repository's `.env.<environment>`, if it has any, and from `.env.private`, which is made once on each machine with
   * secret key and database password, and is yours to add to.
   *
   * @param path - of the file, relative to the release. @defaultValue `.env` beside `manage.py`
   */
  environmentFile(path = posix.join(this.#settings.path, '.env'), names: EnvironmentFileNames = {}): Django {
    return new Django({ ...this.#settings, style: new EnvironmentFile(posix.normalize(path), names) })
  }

  /** Leaves out the checks of `manage.py check --deploy`, which are warnings in a deploy to `production`. */
  withoutChecks(): Django {
    return new Django({ ...this.#settings, checks: false })
  }

  /** Leaves `collectstatic` out, and what builds bundles. */
  withoutStaticFiles(): Django {
    return new Django({ ...this.#settings, staticFiles: false })
  }

  /** The directory, relative to the release. */
  get path(): string {
    return this.#settings.path
  }

  /** How settings come into a release. */
  get settings(): SettingsStyle {
    return this.#settings.style
  }

  /** Prints the name of the user that it runs as; undefined if that is who deploys. */
  get userCommand(): Command | undefined {
    const { user } = this.#settings
    return user === undefined ? undefined : askForUser(user)
  }

  get title(): string {
    return `Django in ${this.#settings.path}`
  }

  get ownPaths(): readonly string[] {
    return this.#settings.style.ownPaths
  }

  /** Python, in which it is written; that of the virtualenv, if there is one. */
  get needs(): readonly Program[] {
    return [{ names: ['python3'], package: 'python3' }]
  }

  get entry(): string {
    return this.#settings.entry
  }

  linkSettings(place: ApplicationPlace): Script<SettingsResult> {
    return this.#settings.style.link(place, this.#settings.user)
  }

  giveDirectories(directories: readonly string[]): Command {
    const { user } = this.#settings
    return user === undefined || directories.length === 0 ? ask`:` : give(user, directories)
  }

  databaseCredentials(place: ApplicationPlace, alias = 'default'): Command {
    return ask`cd -- ${this.#directory(place)} && ${this.#python(place)} -c ${CREDENTIALS} ${alias}`
  }

  pendingMigrations(place: ApplicationPlace): Script<readonly string[]> {
    return script(
      [this.#inPlace(place, change`${this.#python(place)} -c ${PENDING} make ${this.#settings.databases}`)],
      ([{ lines }]) => lines,
    )
  }

  lookAtMigrations(place: ApplicationPlace): Script<readonly string[]> {
    const look = ask`cd -- ${this.#directory(place)} && ${this.#python(place)} -c ${PENDING} look ${this.#settings.databases}`
    return script([look], ([{ lines }]) => lines)
  }

  migrate(place: ApplicationPlace): Command {
    const { databases } = this.#settings
    const [first, ...others] = databases.map(
      alias => change`${this.#python(place)} manage.py migrate --noinput --database ${alias}`,
    )
    const all = others.reduce((before, next) => change`${before} && ${next}`, first ?? change`:`)
    return this.#inPlace(place, all)
  }

  migrationsBeyond(place: ApplicationPlace, other: ApplicationPlace): Script<readonly string[]> {
    return script(
      [this.#back(place, other, 'look')],
      ([{ lines }]) => lines,
      failure =>
        failure.exitCode === IRREVERSIBLE
          ? new ReleaseError('MIGRATIONS_IRREVERSIBLE', {
              what: 'take the migrations back that the older release does not know',
              host: failure.host,
              why: failure.stdout,
              remedy: "roll back with databaseBack: 'restore', which brings its dump back, or with 'keep'.",
            })
          : failure,
    )
  }

  migrateBack(place: ApplicationPlace, other: ApplicationPlace): Command {
    return this.#back(place, other, 'run')
  }

  collectAssets(place: ApplicationPlace): Script<AssetsResult> {
    const { staticFiles, checks } = this.#settings
    const words = [
      ...(staticFiles ? ['collect'] : []),
      ...(checks && place.environment === 'production' ? ['check'] : []),
    ]
    if (words.length === 0) return script([], () => ({ changed: false, reason: 'nothing to collect' }))
    const program = this.#inPlace(place, change`${this.#python(place)} -c ${ASSETS} ${words}`)
    return script([staticFiles ? program : program.acceptingAny()], ([{ lines, exitCode }]) => {
      if (exitCode !== 0) return { changed: false, reason: 'nothing to collect' } // checks are no reason to fail
      const { done, wrong }: Collected = JSON.parse(lines.at(-1) ?? '')
      return { changed: staticFiles, reason: done.join(', ') || 'there are none', warnings: wrong }
    })
  }

  /**
   * A command of `manage.py`, as a value: `host.runAll([django.manage(place, 'clearsessions')])`.
   *
   * @param words - the command and its arguments, each of them one word
   */
  manage(place: ApplicationPlace, ...words: readonly string[]): Command {
    return this.#inPlace(place, change`${this.#python(place)} manage.py ${words}`)
  }

  #back(place: ApplicationPlace, other: ApplicationPlace, what: 'look' | 'run'): Command {
    const known = ask`cd -- ${this.#directory(other)} && ${this.#python(other)} -c ${KNOWN}`
    return change`
      known=$(${known}) && cd -- ${this.#directory(place)} && printf '%s
' "$known" | ${this.#python(place)} -c ${BACK} ${what} ${this.#settings.databases}`
  }

  #inPlace(place: ApplicationPlace, command: Command): Command {
    return command.in(this.#directory(place))
  }

  #directory({ release }: ApplicationPlace): string {
    return posix.join(release, this.#settings.path)
  }

  #python({ python }: ApplicationPlace): string {
    return python ?? 'python3'
  }
}
