import { posix } from 'node:path'
import { ask } from '../command/command.js'
import { OptionError } from '../errors/option-error.js'
import type { Instances } from './instances.js'
import { AT, type ProcessKeeper } from './keeper/keeper.js'
import { keeperOf } from './keeper/keepers.js'
import type { ProcessPlace } from './process.js'
import { UnitProcess } from './unit-process.js'

/** How a worker is run. */
export interface WorkerOptions {
  /** More arguments, each of them one word. @defaultValue none */
  readonly arguments?: readonly string[]
  /** Directory that it is started in, relative to the release. @defaultValue that of the application */
  readonly directory?: string
  /** Variables of its environment. Everybody on the server can read them: no place for secrets. @defaultValue none */
  readonly env?: Readonly<Record<string, string>>
  /** Seconds that it may take to finish what it has begun when it ends; then it is killed. @defaultValue 600 */
  readonly stopSeconds?: number
  /** True: there may never be two of them, so that the old one ends before the new one is started. @defaultValue false */
  readonly single?: boolean
  /** Who keeps it running, see {@link AppServer}. @defaultValue `systemd` */
  readonly manager?: ProcessKeeper
}

/** What runs a worker. */
interface Program {
  readonly name: string
  /** Arguments of Python; what has to outlive a boot is kept in a directory. */
  readonly words: (place: ProcessPlace, kept: string) => readonly string[]
  readonly more?: Partial<Instances>
  readonly stateDirectory?: (place: ProcessPlace) => string
}

/** Seconds for which what cannot be asked has to stay alive: importing an application takes its time. */
const STEADY_S = 2

/**
 * Processes that work beside a site: Celery, or others of its own; one for each release. That of a new
 * release is started once the release is live; the old one takes nothing new then, finishes what it has begun in its
 * own release, and nobody waits for it.
 *
 * @example
 * ```ts
 * const processes = [Worker.celery('carers'), Worker.celeryBeat('carers'), Worker.manage('qcluster')]
 * ```
 */
export class Worker extends UnitProcess {
  /** @internal */
  protected readonly instances: Instances

  private constructor(
    private readonly program: Program,
    private readonly options: WorkerOptions,
  ) {
    super()
    const { name, more } = program
    if (!/^[a-z][\w-]*$/.test(name)) {
      throw new OptionError(
        'processes',
        `${JSON.stringify(name)} is not a name`,
        'use letters, digits, "_" and "-".',
      )
    }
    const { single = false, manager } = options
    this.instances = {
      name,
      keeper: keeperOf(manager),
      isSingle: single,
      steadySeconds: STEADY_S,
      text: place => this.#text(place),
      ...more,
    }
  }

  /**
   * A worker of Celery, which has to answer a ping.
   *
   * @param application - what follows `celery -A`
   */
  static celery(application: string, options: WorkerOptions = {}): Worker {
    const nodeOf = (project: string) => `${project}-`
    const { env = {}, directory: own } = options
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const program: Program = {
      name: 'celery',
      words: ({ project }) => [
        ...['-m', 'celery', '-A', application, 'worker', '--hostname', `${nodeOf(project)}${AT}@localhost`],
        ...['--loglevel', 'INFO'],
      ],
      more: {
        steadySeconds: 0.5,
        ready: ({
          project,
          path,
          directory,
          python = 'python3',
        }) => ask`{ ( cd -- ${own === undefined ? directory : posix.join(path, own)} &&
          env ${variables} ${python} -m celery -A ${application} inspect ping --timeout 2 --destination ${nodeOf(project)}"$at"@localhost ) >/dev/null 2>&1; }`,
      },
    }
    return new Worker(program, options)
  }

  /**
   * Celery's scheduler, of which there is never more than one.
   *
   * @param application - what follows `celery -A`
   */
  static celeryBeat(application: string, options: Omit<WorkerOptions, 'single'> = {}): Worker {
    const program: Program = {
      name: 'celery-beat',
      words: (_, kept) => [
        ...['-m', 'celery', '-A', application, 'beat', '--pidfile='],
        ...['--schedule', posix.join(kept, 'celerybeat-schedule')],
      ],
      stateDirectory: ({ project }) => project,
    }
    return new Worker(program, { stopSeconds: 20, ...options, single: true })
  }

  /**
   * A command of `manage.py` that goes on for ever.
   *
   * @param command - its name, and that of what keeps it
   * @throws {@link OptionError} for what cannot be such a name
   */
  static manage(command: string, options: WorkerOptions = {}): Worker {
    return new Worker({ name: command, words: () => ['manage.py', command] }, options)
  }

  #text(place: ProcessPlace): string {
    const { project, release, path, directory, python = '/usr/bin/python3' } = place
    const { arguments: more = [], directory: own, env = {}, stopSeconds = 600 } = this.options
    const stateDirectory = this.program.stateDirectory?.(place)
    const { keeper } = this.instances
    return keeper.text({
      unit: `${project}-${this.program.name}`,
      description: `${project}: ${this.program.name} of the release ${release}`,
      command: [python, ...this.program.words(place, keeper.stateOf(place)), ...more],
      directory: own === undefined ? directory : posix.join(path, own),
      env,
      ...(stateDirectory !== undefined && { stateDirectory }),
      stopSeconds,
    })
  }
}
