import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { ReleaseError } from '../errors/release-error.js'
import { RequirementError } from '../errors/requirement-error.js'
import type { Application, ApplicationPlace } from './application.js'
import { ASSETS, BACK, CHECKS, CREDENTIALS, IRREVERSIBLE, KNOWN, PENDING } from './django-programs.js'
import { ensurePrivateSettings, PRIVATE_SETTINGS } from './private-settings.js'

interface DjangoSettings {
  readonly path: string
  readonly entry: string
  readonly staticFiles: boolean
  readonly checks: boolean
  readonly databases: readonly string[]
}

/** Exit code of our own scripts for a file that the project must have. */
const MISSING = 4
const NOT_IMPORTED = 5

/** How settings take in the environment's own. */
const IMPORTS_LOCAL =
  '^[[:space:]]*(from[[:space:]]+[.A-Za-z0-9_]*local_settings|import[[:space:]]+[.A-Za-z0-9_]*local_settings|from[[:space:]].*import.*local_settings)'

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

  get title(): string {
    return `Django in ${this.#settings.path}`
  }

  get ownPaths(): readonly string[] {
    return ['local_settings.py', PRIVATE_SETTINGS].map(name => posix.join(this.#settings.path, name))
  }

  get entry(): string {
    return this.#settings.entry
  }

  /** Links `local_settings.py` to the environment's file, and `private_settings.py` to the machine's own. */
  linkSettings(place: ApplicationPlace): Script<{ changed: boolean; reason: string }> {
    const directory = this.#directory(place)
    const local = `local_settings.py.${place.environment}`
    const inLive = posix.join(place.live, this.#settings.path, PRIVATE_SETTINGS)
    const kept = posix.join(place.shared, this.#settings.path, PRIVATE_SETTINGS)
    const isOwn = kept === posix.join(directory, PRIVATE_SETTINGS) // on a developer's machine nothing is shared
    const link = change`
      [ -e ${local} ] || exit ${MISSING}
      grep -rqE ${IMPORTS_LOCAL} --include='*.py' . || exit ${NOT_IMPORTED}
      [ "$(readlink local_settings.py)" = ${local} ] || { ln -sfn -- ${local} local_settings.py && echo linked; } || exit
      ${isOwn ? ask`:` : change`ln -sfn -- ${posix.relative(directory, kept)} ${PRIVATE_SETTINGS}`}`
    return script(
      [ensurePrivateSettings(kept, inLive), link.in(directory)],
      ([made, linked]) => ({
        changed: made.stdout === 'made' || linked.stdout === 'linked',
        reason: made.stdout === 'made' ? 'private settings were generated' : 'private settings were kept',
      }),
      failure => {
        const what = `link the settings for ${place.environment}`
        const { host } = failure
        if (failure.exitCode === MISSING) {
          const why = `the repository has no ${posix.join(this.#settings.path, local)}`
          const remedy = 'add that file, or deploy to an environment that has one.'
          return new RequirementError({ what, host, why, remedy })
        }
        if (failure.exitCode === NOT_IMPORTED) {
          const why = `no settings in ${this.#settings.path} import local_settings, so they would have no effect`
          const remedy = 'put "from local_settings import *" at the end of settings.py.'
          return new RequirementError({ what, host, why, remedy })
        }
        return failure
      },
    )
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

  collectAssets(place: ApplicationPlace): Script<string> {
    if (!this.#settings.staticFiles) return script([], () => 'nothing to collect')
    return script(
      [this.#inPlace(place, change`${this.#python(place)} -c ${ASSETS}`)],
      ([{ lines }]) => lines.at(-1) ?? '',
    )
  }

  checks(place: ApplicationPlace): Script<readonly string[]> {
    if (!this.#settings.checks || place.environment !== 'production') return script([], () => [])
    const check = ask`cd -- ${this.#directory(place)} && ${this.#python(place)} -c ${CHECKS}`
    return script([check.acceptingAny()], ([{ lines, exitCode }]) => (exitCode === 0 ? lines : []))
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
' "$known" | ${this.#python(place)} -c ${BACK} ${what}`
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
