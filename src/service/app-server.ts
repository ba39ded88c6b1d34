import { posix } from 'node:path'
import { ask } from '../command/command.js'
import type { Script } from '../command/script.js'
import { OptionError } from '../errors/option-error.js'
import { type AppProgram, phpFpm, pythonServer } from './app-programs.js'
import type { Instances } from './instances.js'
import type { ProcessPlace } from './process.js'
import { unitText } from './unit.js'
import { UnitProcess } from './unit-process.js'

/** How processes that answer requests are run. */
export interface AppProcessOptions {
  /** Processes that answer requests. @defaultValue 2; of PHP-FPM 5 */
  readonly workers?: number
  /** Directory that it is started in, relative to the release. @defaultValue that of the application */
  readonly directory?: string
  /** Variables of its environment. Everybody on the server can read them: no place for secrets. @defaultValue none */
  readonly env?: Readonly<Record<string, string>>
  /** Seconds that requests have to be finished when the processes of an older release end. @defaultValue 60 */
  readonly stopSeconds?: number
}

/** How an application's server is run. */
export interface AppServerOptions extends AppProcessOptions {
  /** More arguments, each of them one word. @defaultValue none */
  readonly arguments?: readonly string[]
}

/** How PHP is run. */
export interface PhpFpmOptions extends AppProcessOptions {
  /** Which PHP: `8.2`. @defaultValue the newest that is installed */
  readonly version?: string
  /** Settings of PHP, such as `memory_limit`, which code cannot change. @defaultValue those of the server */
  readonly settings?: Readonly<Record<string, string>>
}

function workersOf({ workers }: AppProcessOptions, usual: number): number {
  const count = workers ?? usual
  if (Number.isInteger(count) && count > 0) return count
  throw new OptionError('processes', `${count} is not a number of workers`)
}

/**
 * A server of the application's own, behind the web server: a unit of systemd for each release. That of a new release is
 * started beside the old one, on a socket of its own, and has to answer there; then the link that the web server
 * connects to is pointed at it, by one rename. No request waits or fails for it, and a release that does not come up is
 * never asked. The old one finishes what it has begun.
 *
 * The web server's configuration names the link: `proxy_pass http://unix:/run/<project>/gunicorn.sock;`.
 *
 * @example
 * ```ts
 * const processes = [AppServer.gunicorn('wsgi:application', { workers: 4 })]
 * ```
 */
export class AppServer extends UnitProcess {
  /** @internal */
  protected readonly instances: Instances

  private constructor(
    private readonly program: AppProgram,
    private readonly options: AppProcessOptions,
  ) {
    super()
    const { name } = program
    this.instances = {
      name,
      text: place => this.#unitText(place),
      ready: place => program.answers(place, ask`${this.#socketOf(place.project, '')}"$at".sock`),
      link: ({ project }) => {
        const link = this.socketOf(project)
        return ask`$root ln -sfn -- ${`${name}-`}"$at".sock ${`${link}.next`} && $root mv -fT -- ${`${link}.next`} ${link}`
      },
      unlink: ({ project }) => ask`$root rm -f -- ${this.socketOf(project)}`,
    }
  }

  /**
   * gunicorn, of the release's virtualenv.
   *
   * @param application - module and variable, like `wsgi:application`
   * @throws {@link OptionError} for an option that cannot be used
   */
  static gunicorn(application: string, options: AppServerOptions = {}): AppServer {
    const workers = String(workersOf(options, 2))
    const words = (socket: string) => ['--bind', `unix:${socket}`, '--workers', workers]
    return new AppServer(pythonServer('gunicorn', application, words, options.arguments ?? []), options)
  }

  /**
   * uvicorn, of the release's virtualenv.
   *
   * @param application - module and variable, like `asgi:application`
   * @throws {@link OptionError} for an option that cannot be used
   */
  static uvicorn(application: string, options: AppServerOptions = {}): AppServer {
    const workers = String(workersOf(options, 2))
    const words = (socket: string) => ['--uds', socket, '--workers', workers, '--proxy-headers']
    return new AppServer(pythonServer('uvicorn', application, words, options.arguments ?? []), options)
  }

  /**
   * PHP-FPM, with a pool and a cache of compiled code for each release: `fastcgi_pass
   * unix:/run/<project>/php-fpm.sock;`. What it is asked for should be named by `$realpath_root`, not `$document_root`.
   *
   * @throws {@link OptionError} for an option that cannot be used
   */
  static phpFpm(options: PhpFpmOptions = {}): AppServer {
    const { version = '', settings = {} } = options
    if (!/^[\d.]*$/.test(version)) throw new OptionError('processes', `"${version}" is not a version of PHP`)
    const wrong = Object.entries(settings).find(each => !/^[\w.]+ [^'\n\r]*$/.test(each.join(' ')))
    if (wrong) throw new OptionError('processes', `"${wrong.join(' = ')}" is not a setting of PHP`)
    return new AppServer(phpFpm(workersOf(options, 5), version, settings), options)
  }

  /** The link to the socket of the release that is live: `/run/carers/gunicorn.sock`. */
  socketOf(project: string): string {
    return `/run/${project}/${this.program.name}.sock`
  }

  /** Starts those of a release beside the ones that visitors are answered by, and asks them for a page. */
  start(place: ProcessPlace): Script<void> {
    return this.started(place, ask`:`)
  }

  #socketOf(project: string, at: string): string {
    return `/run/${project}/${this.program.name}-${at}`
  }

  #unitText(place: ProcessPlace): string {
    const { project, release, path } = place
    const { program, options } = this
    const { directory: own, env = {}, stopSeconds = 60 } = options
    const directory = own === undefined ? place.directory : posix.join(path, own)
    const link = this.socketOf(project)
    return unitText({
      description: `${project}: ${program.name} of the release ${release}`,
      command: program.command({ ...place, directory }, `${this.#socketOf(project, '%i')}.sock`),
      directory,
      env,
      runtimeDirectory: project,
      // after a boot the link is not there any more
      afterwards: `[ -L ${link} ] || ln -s ${program.name}-%i.sock ${link}`,
      ...(program.stopSignal !== undefined && { stopSignal: program.stopSignal }),
      stopSeconds,
    })
  }
}
