import { posix } from 'node:path'
import { ask } from '../command/command.js'
import { quote } from '../command/quote.js'
import type { Script } from '../command/script.js'
import { OptionError } from '../errors/option-error.js'
import { Release } from '../release/release.js'
import { type AppProgram, patient, phpFpm, pythonServer, unlinking, uwsgi } from './app-programs.js'
import type { Instances } from './instances.js'
import { AT, type KeptPlace, type ProcessKeeper } from './keeper/keeper.js'
import { keeperOf } from './keeper/keepers.js'
import type { ProcessPlace } from './process.js'
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
  /** Who keeps them running. @defaultValue `systemd` */
  readonly manager?: ProcessKeeper
}

/** How an application's server is run. */
export interface AppServerOptions extends AppProcessOptions {
  /** More arguments, each of them one word. @defaultValue none */
  readonly arguments?: readonly string[]
}

/** How uWSGI is run. */
export interface UwsgiOptions extends AppServerOptions {
  /** What it speaks: `uwsgi`, for `uwsgi_pass`, or `http`, for `proxy_pass`. @defaultValue `uwsgi` */
  readonly protocol?: 'uwsgi' | 'http'
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

/** Seconds that requests have to be finished. */
const STOP_S = 60

/** Longest path of a socket that Linux has room for. */
const LONGEST_SOCKET = 107

/**
 * A server of the application's own, behind the web server: processes for each release. Those of a new release are
 * started beside the old ones, on a socket of their own, and have to answer there; then the link that the web server
 * connects to is pointed at it, by one rename. No request waits or fails for it, and a release that does not come up is
 * never asked. The old ones finish what they have begun.
 *
 * The web server's configuration names the link: `proxy_pass http://unix:/run/<project>/gunicorn.sock;`, or, with another
 * `manager` than systemd, `/var/django/<project>/.dye/run/gunicorn.sock`; {@link AppServer.socketOf} tells it.
 *
 * | `manager` | what is kept, and where | it needs |
 * | --- | --- | --- |
 * | `systemd` | units in `/etc/systemd/system`, as the user of the application | sudo |
 * | `user` | units in `~/.config/systemd/user`, as the user who deploys | root once: `loginctl enable-linger`; tried by sudo |
 * | `supervisor` | programs where supervisor's configuration looks for them, as the user of the application | supervisord, which runs; sudo |
 *
 * When the `manager` of a project is changed, what the former one runs goes on, and has to be taken away by hand.
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
    const link = (place: KeptPlace) => `${this.#socketsOf(place)}.sock`
    this.instances = {
      name,
      keeper: keeperOf(options.manager),
      text: place => this.#text(place),
      ready: place => program.answers(place, ask`${`${this.#socketsOf(place)}-`}"$at".sock`),
      link: place =>
        ask`$root ln -sfn -- ${`${name}-`}"$at".sock ${`${link(place)}.next`} && $root mv -fT -- ${`${link(place)}.next`} ${link(place)}`,
      unlink: place => ask`$root rm -f -- ${link(place)}`,
      tidy: place => ask`
        for each in ${`${this.#socketsOf(place)}-`}*.sock; do
          [ ! -S "$each" ] || grep -qF " $each" /proc/net/unix || $root rm -f -- "$each" "\${each%.sock}.conf"
        done`,
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
    const server = pythonServer('uvicorn', application, words, options.arguments ?? [])
    return new AppServer(unlinking(server), options)
  }

  /**
   * Daphne, of the release's virtualenv: one process, for WebSockets, too. It breaks off what it has begun when it ends;
   * so it is told to when nobody is connected any more, or after `stopSeconds`.
   *
   * @param application - module and variable, like `asgi:application`
   * @throws {@link OptionError} for an option that cannot be used
   */
  static daphne(application: string, options: Omit<AppServerOptions, 'workers'> = {}): AppServer {
    const { arguments: more = [], stopSeconds = STOP_S } = options
    const server = pythonServer('daphne', application, socket => ['-u', socket], more)
    return new AppServer(patient(server, stopSeconds), options)
  }

  /**
   * uWSGI: that of the release's virtualenv (`bin/uwsgi`), else the server's with its plugin for Python 3:
   * `include uwsgi_params; uwsgi_pass unix:/run/<project>/uwsgi.sock;`.
   *
   * @param application - module and variable, like `wsgi:application`
   * @throws {@link OptionError} for an option that cannot be used
   */
  static uwsgi(application: string, options: UwsgiOptions = {}): AppServer {
    const { protocol = 'uwsgi', arguments: more = [] } = options
    return new AppServer(uwsgi(application, String(workersOf(options, 2)), protocol, more), options)
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

  /**
   * The link to the socket of the release that is live: `/run/carers/gunicorn.sock`.
   *
   * @param release - where releases are kept: other managers than systemd have sockets there, since `/run` is root's
   * @defaultValue `release` is `Release.under('/var/django')`, as in a deploy
   */
  socketOf(project: string, release: Release = Release.under('/var/django')): string {
    const { state } = release.layoutOf(project)
    return `${this.#socketsOf({ project, state })}.sock`
  }

  /** Starts those of a release beside the ones that visitors are answered by, and asks them for a page. */
  start(place: ProcessPlace): Script<void> {
    return this.started(place, ask`:`)
  }

  /** What the names of all its sockets begin with. */
  #socketsOf(place: KeptPlace): string {
    return posix.join(keeperOf(this.options.manager).socketsOf(place), this.program.name)
  }

  #text(place: ProcessPlace): string {
    const { project, release, path } = place
    const { program, options } = this
    const { directory: own, env = {}, stopSeconds = STOP_S } = options
    const directory = own === undefined ? place.directory : posix.join(path, own)
    const sockets = this.#socketsOf(place)
    const longest = `${sockets}-${release}-01234567.sock`
    if (Buffer.byteLength(longest) > LONGEST_SOCKET) {
      throw new OptionError(
        'release',
        `the path ${longest} is too long for a socket`,
        'keep releases in a shorter one.',
      )
    }
    return this.instances.keeper.text({
      unit: `${project}-${program.name}`,
      description: `${project}: ${program.name} of the release ${release}`,
      command: program.command({ ...place, directory }, `${sockets}-${AT}.sock`),
      directory,
      env,
      runtimeDirectory: project,
      // after a boot the link is not there any more
      afterwards: `[ -L ${quote(`${sockets}.sock`)} ] || ln -s ${program.name}-${AT}.sock ${quote(`${sockets}.sock`)}`,
      ...(program.stopSignal !== undefined && { stopSignal: program.stopSignal }),
      stopSeconds,
    })
  }
}
