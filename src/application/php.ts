import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import type { Program } from '../command/program.js'
import { type Script, script } from '../command/script.js'
import type { Application, AssetsResult } from './application.js'
import { COMPOSER, composerInstall } from './composer.js'
import { type ApplicationUser, askForUser, give, makeWritable } from './owner.js'
import { type ApplicationPlace, isCheckout } from './place.js'
import type { SettingsResult } from './settings-style.js'

/** How directories are made writable for an application: by owning them, by its group, or by an access control list. */
export type WritableBy = 'owner' | 'group' | 'acl'

/** Migrations of a PHP application, as words of commands that are run in its directory. */
export interface PhpMigrations {
  /** Prints the names of those that are pending, a line each, and changes nothing. */
  readonly pending: readonly [string, ...string[]]
  /** Runs them. */
  readonly run: readonly [string, ...string[]]
}

interface PhpSettings {
  readonly path: string
  readonly composer: boolean
  readonly composerArguments: readonly string[]
  readonly user: ApplicationUser | undefined
  readonly writable: readonly string[]
  readonly by: WritableBy
  readonly migrations: PhpMigrations | undefined
}

/**
 * A PHP application. What composer brings is taken over from another release, as hard links: all of it, if lock file,
 * `composer.json`, PHP with its extensions, arguments and packages of the repository itself are the same, so that nothing is
 * fetched; else that of the live release, so that only what has changed is. Each method returns a changed copy.
 *
 * @example
 * ```ts
 * const application = Php.at('.').runsAs('web-server').writable('var/cache')
 * ```
 */
export class Php implements Application {
  readonly #settings: PhpSettings

  private constructor(settings: PhpSettings) {
    this.#settings = Object.freeze(settings)
  }

  /**
   * The application in a directory.
   *
   * @param path - directory with `composer.json`, if there is one, relative to the release. @defaultValue the release
   */
  static at(path = '.'): Php {
    return new Php({
      path: posix.normalize(path),
      composer: true,
      composerArguments: [],
      user: undefined,
      writable: [],
      by: 'owner',
      migrations: undefined,
    })
  }

  /** The user that it runs as: directories that releases share are that one's. @defaultValue the deploying user */
  runsAs(user: ApplicationUser): Php {
    return new Php({ ...this.#settings, user })
  }

  /**
   * Directories of a release that it writes into, relative to that; they are made if they are not there.
   *
   * @param by - how the user that it runs as gets to write. @defaultValue `owner`
   */
  writable(paths: readonly string[], by: WritableBy = 'owner'): Php {
    return new Php({ ...this.#settings, writable: paths, by })
  }

  /** More arguments for `composer install`, each of them one word: `--ignore-platform-reqs`. */
  composer(...words: readonly string[]): Php {
    return new Php({ ...this.#settings, composerArguments: words })
  }

  /** Leaves composer out. */
  withoutComposer(): Php {
    return new Php({ ...this.#settings, composer: false })
  }

  /** What brings its database to what a release needs. @defaultValue nothing */
  migrations(migrations: PhpMigrations): Php {
    return new Php({ ...this.#settings, migrations })
  }

  get title(): string {
    return `PHP in ${this.#settings.path}`
  }

  /** The directory, relative to the release. */
  get path(): string {
    return this.#settings.path
  }

  get ownPaths(): readonly string[] {
    const { path, composer, writable } = this.#settings
    const installed = ['vendor', 'composer.lock'].map(name => posix.join(path, name))
    return [...(composer ? installed : []), ...writable]
  }

  /** PHP and composer, if it has a `composer.json`; setfacl, if that is how directories are made writable. */
  get needs(): readonly Program[] {
    const { composer, writable, by } = this.#settings
    const onlyIf = 'if the release has a composer.json'
    const acl: Program = { names: ['setfacl'], package: 'acl' }
    return [
      ...(composer ? COMPOSER.map(each => ({ ...each, onlyIf })) : []),
      ...(writable.length > 0 && by === 'acl' ? [acl] : []),
    ]
  }

  /** It has no file whose touch reloads it. */
  get entry(): undefined {
    return undefined
  }

  get userCommand(): Command | undefined {
    const { user } = this.#settings
    return user === undefined ? undefined : askForUser(user)
  }

  giveDirectories(directories: readonly string[]): Command {
    const { user } = this.#settings
    return user === undefined || directories.length === 0 ? ask`:` : give(user, directories)
  }

  linkSettings({ release }: ApplicationPlace): Script<SettingsResult> {
    const { user, writable, by } = this.#settings
    const directories = writable.map(path => posix.join(release, path))
    if (directories.length === 0) return script([], () => ({ changed: false, reason: 'no settings to link' }))
    const owned = user === undefined ? ask`:` : makeWritable(user, directories, by)
    return script([change`mkdir -p -- ${directories} && ${owned}`], () => ({
      changed: true,
      reason: `writable: ${writable.join(', ')}`,
    }))
  }

  pendingMigrations(place: ApplicationPlace): Script<readonly string[]> {
    return this.lookAtMigrations(place)
  }

  lookAtMigrations(place: ApplicationPlace): Script<readonly string[]> {
    const { migrations } = this.#settings
    if (!migrations) return script([], () => [])
    return script([ask`${migrations.pending}`.in(this.#directory(place))], ([{ lines }]) => lines)
  }

  migrate(place: ApplicationPlace): Command {
    const { migrations } = this.#settings
    return migrations ? change`${migrations.run}`.in(this.#directory(place)) : change`:`
  }

  /** `composer install`, without what is for development only. */
  collectAssets(place: ApplicationPlace): Script<AssetsResult> {
    const { composer, path, composerArguments } = this.#settings
    if (!composer) return script([], () => ({ changed: false, reason: 'nothing to collect' }))
    return composerInstall({
      directory: this.#directory(place),
      live: posix.join(place.live, path),
      releases: isCheckout(place) ? undefined : posix.dirname(place.release),
      path,
      arguments: composerArguments,
    })
  }

  #directory({ release }: ApplicationPlace): string {
    return posix.join(release, this.#settings.path)
  }
}
