import { posix } from 'node:path'
import { change } from '../command/command.js'
import { mapped, type Script, script } from '../command/script.js'
import { RequirementError } from '../errors/requirement-error.js'
import type { CallOptions, Host } from '../host/host.js'
import { findInterpreter, lowestMinor } from './interpreter.js'
import { FINGERPRINT } from './requirements.js'

interface VirtualenvSettings {
  readonly path: string
  readonly requirements: readonly string[]
  readonly lowestMinor: number
  readonly interpreter: string | undefined
  readonly systemSitePackages: boolean
}

/** What {@link Virtualenv.ensure} did. */
export interface VirtualenvResult {
  /** False: one with the same content was there, and pip did not run. */
  readonly changed: boolean
  readonly reason: string
  /** Hash of all that the environment depends on; the name of its directory. */
  readonly key: string
}

const DEFAULT_LOWEST_MINOR = 8

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
    return new Virtualenv({
      path: posix.normalize(path),
      requirements: [],
      lowestMinor: DEFAULT_LOWEST_MINOR,
      interpreter: undefined,
      systemSitePackages: false,
    })
  }

  /** Requirement files, relative to the directory that the host is in. @defaultValue none */
  requirements(...files: readonly string[]): Virtualenv {
    return this.#with({ requirements: [...this.#settings.requirements, ...files] })
  }

  /** The lowest version that will do. @defaultValue `>=3.8` */
  python(constraint: string): Virtualenv {
    return this.#with({ lowestMinor: lowestMinor(constraint) })
  }

  /** The one interpreter to use, a name or a path. @defaultValue `python3`, else the newest that is there */
  interpreter(path: string): Virtualenv {
    return this.#with({ interpreter: path })
  }

  /** Lets the environment see the packages of the system's Python. @defaultValue false */
  systemSitePackages(visible = true): Virtualenv {
    return this.#with({ systemSitePackages: visible })
  }

  /** Path of the link to the environment. */
  get path(): string {
    return this.#settings.path
  }

  /**
   * Makes sure that the environment is there and the link points at it. Runs `python -m venv` and `pip
   * install` only when there is none with the same content.
   *
   * @param store - directory for environments. @defaultValue `.virtualenvs` beside the link
   * @throws {@link RequirementError} when no interpreter is good enough
   * @throws {@link CommandError} when pip fails
   */
  async ensure(host: Host, store?: string, options?: CallOptions): Promise<VirtualenvResult> {
    return host.perform(this.ensureScript('.', store), options)
  }

  /** What {@link Virtualenv.ensure} runs, for a directory: one round trip. */
  ensureScript(directory: string, store?: string): Script<VirtualenvResult> {
    const { path, requirements, systemSitePackages, interpreter, lowestMinor } = this.#settings
    const home = store ?? posix.join(posix.dirname(path), '.virtualenvs')
    const options = systemSitePackages ? ['--system-site-packages'] : []
    const files = requirements.flatMap(file => ['--requirement', file])
    const build = change`
      python=$(${findInterpreter(lowestMinor, interpreter)}) || exit 3
      key=$("$python" -c ${FINGERPRINT} ${options.join(' ')} ${requirements}) || exit 1
      mkdir -p -- ${home} ${posix.dirname(path)} && home=$(cd -- ${home} && pwd) && ve=$home/$key || exit 1
      printf '%s\n' "$key"
      if [ -e "$ve/.ready" ]; then echo reused; else
        exec 3>&1 1>&2
        echo "building $ve with $python"
        export PIP_DEFAULT_TIMEOUT="\${PIP_DEFAULT_TIMEOUT:-15}" PIP_RETRIES="\${PIP_RETRIES:-2}"
        rm -rf -- "$ve" && "$python" -m venv ${options} -- "$ve" || exit 1
        ${files.length > 0 ? change`"$ve/bin/python" -m pip install --no-input --disable-pip-version-check ${files} || exit 1` : change`:`}
        sync -f -- "$ve" && : >"$ve/.ready" || exit 1
        echo built >&3
      fi
      [ "$(readlink -- ${path})" = "$ve" ] || {
        [ -L ${path} ] || [ ! -e ${path} ] || { echo ${`${path} is in the way: not a link`} >&2; exit 1; }
        ln -sfn -- "$ve" ${`${path}.new`} && mv -fT -- ${`${path}.new`} ${path}; }`
    const built = script(
      [build.in(directory)],
      ([{ lines }]) => lines,
      failure =>
        failure.exitCode === 3
          ? new RequirementError({
              what: 'find a Python interpreter',
              host: failure.host,
              why: `there is none that is ${interpreter ?? 'python'} >= 3.${lowestMinor}`,
              output: failure.stderr,
              remedy: 'install one (Debian: apt install python3 python3-venv), or lower the constraint.',
            })
          : failure,
    )
    return mapped(built, ([key = '', how]) => ({
      key,
      changed: how === 'built',
      reason: how === 'built' ? 'there was none for these requirements' : 'its requirements have not changed',
    }))
  }

  #with(changed: Partial<VirtualenvSettings>): Virtualenv {
    return new Virtualenv({ ...this.#settings, ...changed })
  }
}
