import { posix } from 'node:path'
import type { Program } from '../command/program.js'
import { mapped, type Script, script } from '../command/script.js'
import type { CommandError } from '../errors/command-error.js'
import { OptionError } from '../errors/option-error.js'
import { RequirementError } from '../errors/requirement-error.js'
import type { CallOptions, Host } from '../host/host.js'
import { logOf } from '../support/log.js'
import {
  type BuildPlace,
  ensureCommand,
  lookCommand,
  markCommand,
  NO_INTERPRETER,
  NO_UV,
  removeCommand,
} from './build.js'
import { explainFailure } from './failure.js'
import { pythonRange, rangeTitle } from './interpreter.js'
import { type IndexLogin, packageIndex } from './package-index.js'
import { programsFor } from './programs.js'
import { EMPTY, type Installer, type PyprojectOptions, type VirtualenvSettings } from './settings.js'

const log = logOf('virtualenv')

/** What {@link Virtualenv.ensure} did. */
export interface VirtualenvResult {
  /** False: one with the same content was there, and no installer ran. */
  readonly changed: boolean
  readonly reason: string
  /** Hash of all that the environment depends on; the name of its directory in a store. */
  readonly key: string
}

/** How {@link Virtualenv.ensure} goes about it. */
export interface EnsureVirtualenvOptions {
  /** Directory for environments. @defaultValue `.virtualenvs` beside the link */
  readonly store?: string
  /** Where the link to an environment in a store goes. @defaultValue the virtualenv's path */
  readonly link?: string
  /** Builds it although nothing has changed: newer versions of what is not pinned. @defaultValue false */
  readonly force?: boolean
  /** As `force`, and nothing is taken from the installer's cache. @defaultValue false */
  readonly fullRebuild?: boolean
}

/**
 * A Python virtualenv, described by what must be in it. Each method returns a changed copy.
 *
 * Environments are kept by a hash of their content: of requirement files, interpreter and platform. One is
 * built once, at the path where it stays, and is never changed afterwards; releases link to it.
 *
 * @example
 * ```ts
 * const virtualenv = Virtualenv.at('.ve').requirements('requirements.txt').python('>=3.9')
 * await virtualenv.ensure(Host.local().within('/srv/app'))
 * ```
 */
export class Virtualenv {
  readonly #settings: VirtualenvSettings

  private constructor(settings: VirtualenvSettings) {
    this.#settings = Object.freeze(settings)
  }

  /**
   * An environment at a path.
   *
   * @param path - of the link to the environment, relative to the directory that the host is in
   */
  static at(path: string): Virtualenv {
    return new Virtualenv({ ...EMPTY, path: posix.normalize(path) })
  }

  /**
   * A directory at the path itself in place of a link to a store, as on a developer's machine. A new one is built beside
   * and put in its place when it is whole.
   */
  inPlace(): Virtualenv {
    return this.#with({ isInPlace: true })
  }

  /**
   * Requirement files, relative to the directory that the host is in; or for each environment its own.
   *
   * @defaultValue none
   *
   * @example
   * ```ts
   * Virtualenv.at('.ve').requirements({ production: 'deploy/production.txt', staging: ['deploy/base.txt', 'deploy/staging.txt'] })
   * ```
   */
  requirements(
    ...files: readonly string[] | readonly [Readonly<Record<string, string | readonly string[]>>]
  ): Virtualenv {
    const [first] = files
    if (typeof first === 'object') return this.#with({ byEnvironment: first })
    return this.#with({ requirements: [...this.#settings.requirements, ...(files as readonly string[])] })
  }

  /** The same virtualenv for one environment, of those that {@link Virtualenv.requirements} knows. */
  forEnvironment(environment: string): Virtualenv {
    const { byEnvironment, requirements } = this.#settings
    if (!byEnvironment) return this
    const files = byEnvironment[environment]
    if (files === undefined) {
      const known = Object.keys(byEnvironment).join(', ')
      throw new OptionError('virtualenv', `there are no requirements for ${environment}, only for ${known}`)
    }
    return this.#with({ byEnvironment: undefined, requirements: [...requirements, ...[files].flat()] })
  }

  /**
   * What a `pyproject.toml` has as `dependencies` is installed; the project itself is not, since it is run from where
   * it is.
   *
   * @param path - of the file, relative to the directory that the host is in
   */
  pyproject(path = 'pyproject.toml', { extras = [], groups = [] }: PyprojectOptions = {}): Virtualenv {
    return this.#with({ pyproject: { path, extras, groups } })
  }

  /** Refuses every package without a hash, or with another one. @defaultValue false */
  requireHashes(): Virtualenv {
    return this.#with({ requireHashes: true })
  }

  /**
   * Which versions of Python will do: `>=3.9`, `>=3.9,<3.13` or `==3.11`.
   *
   * @defaultValue `>=3.8`
   */
  python(constraint: string): Virtualenv {
    return this.#with({ pythonRange: pythonRange(constraint) })
  }

  /** The one interpreter to use, a name or a path. @defaultValue `python3`, else the newest that will do */
  interpreter(path: string): Virtualenv {
    return this.#with({ interpreter: path })
  }

  /** Lets the environment see the packages of the system's Python. @defaultValue false */
  systemSitePackages(visible = true): Virtualenv {
    return this.#with({ systemSitePackages: visible })
  }

  /**
   * What installs packages: `pip`, `uv`, or `auto` for uv where the server has it. Either makes the same environment.
   *
   * @defaultValue `pip`
   */
  installer(installer: Installer): Virtualenv {
    return this.#with({ installer })
  }

  /**
   * The package index in place of PyPI. Its password travels by standard input into a file for this user only.
   *
   * @defaultValue what the server's own settings say, else PyPI
   * @throws {@link OptionError} for what is no address, or has a password in it
   */
  index(url: string, login?: IndexLogin): Virtualenv {
    const { indexes } = this.#settings
    return this.#with({ indexes: { ...indexes, main: packageIndex(url, login) } })
  }

  /** One more package index. Any index may have any package: name one only if you trust it with all of them. */
  extraIndex(url: string, login?: IndexLogin): Virtualenv {
    const { indexes } = this.#settings
    return this.#with({ indexes: { ...indexes, extra: [...indexes.extra, packageIndex(url, login)] } })
  }

  /** Directories on the server, or addresses, with wheels and archives to install from. @defaultValue none */
  wheels(...places: readonly string[]): Virtualenv {
    return this.#with({ wheels: [...this.#settings.wheels, ...places] })
  }

  /** Asks no package index: all that is required has to be in {@link Virtualenv.wheels}. @defaultValue false */
  offline(): Virtualenv {
    return this.#with({ offline: true })
  }

  /** Directory for the installer's cache. @defaultValue the installer's own, in the user's home */
  cache(directory: string): Virtualenv {
    return this.#with({ cache: directory })
  }

  /** Path of the environment, or of the link to it. */
  get path(): string {
    return this.#settings.path
  }

  /** Programs that it needs on the server: an interpreter, and what makes and fills environments. */
  get needs(): readonly Program[] {
    return programsFor(this.#settings)
  }

  /**
   * Makes sure that the environment is there. Runs `python -m venv` and the installer only when there is none with
   * the same content; the one that is in use stays as it is until the new one is whole.
   *
   * @throws {@link RequirementError} when no interpreter is good enough, or there is no uv
   * @throws {@link VirtualenvError} when it cannot be built; it names the requirement
   */
  async ensure(host: Host, options: EnsureVirtualenvOptions & CallOptions = {}): Promise<VirtualenvResult> {
    return host.perform(this.ensureScript('.', options), options)
  }

  /** What {@link Virtualenv.ensure} runs, for a directory: one round trip. */
  ensureScript(directory: string, options: EnsureVirtualenvOptions = {}): Script<VirtualenvResult> {
    const { path, isInPlace } = this.#settings
    const place: BuildPlace = {
      store: isInPlace ? undefined : (options.store ?? posix.join(posix.dirname(path), '.virtualenvs')),
      link: options.link ?? path,
      force: options.force === true || options.fullRebuild === true,
      withoutCache: options.fullRebuild === true,
    }
    const built = script(
      [ensureCommand(this.#chosen, place).in(directory)],
      ([{ lines }]) => lines,
      failure => this.#explain(failure),
    )
    return mapped(built, ([key = '', how]) => {
      const changed = how === 'built'
      const reason = this.#reason(changed, place.force)
      log('%s is %s: %s', key, changed ? 'new' : 'there', reason)
      return { key, changed, reason }
    })
  }

  /**
   * Asks whether {@link Virtualenv.ensure} would have something to do, for requirement files in a directory; nothing is
   * changed. One round trip.
   *
   * @param store - absolute: the directory for environments
   */
  lookScript(
    directory: string,
    store: string,
  ): Script<VirtualenvResult & { readonly directory: string | undefined }> {
    return script(
      [lookCommand(this.#chosen, store).in(directory)],
      ([{ lines }]) => {
        const [key = '', found] = lines
        return { key, directory: found, changed: found === undefined, reason: this.#reason(!found, false) }
      },
      failure => this.#explain(failure),
    )
  }

  /** Requirement files, relative to the directory that the host is in. */
  get files(): readonly string[] {
    const { requirements, pyproject } = this.#chosen
    return [...requirements, ...(pyproject ? [pyproject.path] : [])]
  }

  /**
   * Declares the environment at the path to be what the requirements want: {@link Virtualenv.ensure} leaves it alone
   * until they change. For one that is kept {@link Virtualenv.inPlace}.
   *
   * @returns its key
   */
  async markFresh(host: Host, options?: CallOptions): Promise<string> {
    if (!this.#settings.isInPlace) {
      throw new OptionError(
        'virtualenv',
        'one in a store is what its name says, it cannot be marked as fresh',
      )
    }
    const marked = script(
      [markCommand(this.#chosen)],
      ([{ stdout }]) => stdout,
      failure => this.#explain(failure),
    )
    return host.perform(marked, options)
  }

  /** Deletes the environment; of one in a store the link, too. */
  async remove(host: Host, options?: CallOptions): Promise<{ readonly changed: boolean }> {
    const removed = script([removeCommand(this.#settings.path)], ([{ stdout }]) => ({
      changed: stdout === 'removed',
    }))
    return host.perform(removed, options)
  }

  get #chosen(): VirtualenvSettings {
    const { byEnvironment } = this.#settings
    if (byEnvironment === undefined) return this.#settings
    throw new OptionError(
      'virtualenv',
      'it has requirements for several environments',
      'say for which one: .forEnvironment("production").',
    )
  }

  #reason(isNew: boolean, force: boolean): string {
    if (!isNew) return 'its requirements have not changed'
    return force ? 'it was built anew as was asked' : 'there was none for these requirements'
  }

  #explain(failure: CommandError): Error {
    const { interpreter, pythonRange } = this.#settings
    if (failure.exitCode === NO_UV) {
      return new RequirementError({
        what: 'install Python packages with uv',
        host: failure.host,
        why: 'there is none',
        remedy: "install it, or use .installer('auto').",
      })
    }
    if (failure.exitCode === NO_INTERPRETER) {
      return new RequirementError({
        what: 'find a Python interpreter',
        host: failure.host,
        why: `there is none that is ${interpreter === undefined ? '' : `${interpreter} and `}${rangeTitle(pythonRange)}`,
        output: failure.stderr,
        remedy: 'install one (Debian: apt install python3 python3-venv), or lower the constraint.',
      })
    }
    if (
      /ensurepip is not available|No module named '?(venv|ensurepip)/.test(failure.stdout + failure.stderr)
    ) {
      return new RequirementError({
        what: `build the virtualenv ${this.path}`,
        host: failure.host,
        why: 'Python is there, but without what makes virtualenvs',
        output: failure.stderr,
        remedy: 'install it (Debian: apt install python3-venv).',
      })
    }
    return explainFailure(failure, this.path)
  }

  #with(changed: Partial<VirtualenvSettings>): Virtualenv {
    return new Virtualenv({ ...this.#settings, ...changed })
  }
}
