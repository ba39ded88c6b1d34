import type { Command } from '../../command/command.js'
import type { Program } from '../../command/program.js'
import { OptionError } from '../../errors/option-error.js'
import type { ProcessPlace } from '../process.js'

/**
 * What keeps processes running, starts them with the server and again when they die: `systemd`; `user`, which is the
 * systemd of the user who deploys; or `supervisor`.
 */
export type ProcessKeeper = 'systemd' | 'user' | 'supervisor'

/** Stand in texts for what is known on the server only: the user, the user's home, what follows the `@` of an instance. */
export const USER = '\u0001user\u0001'
export const HOME = '\u0001home\u0001'
export const AT = '\u0001at\u0001'

/**
 * Exit codes of our own: there is nothing that could keep processes, and so it keeps none; or it is there, and does not
 * work. Why stands on the error stream, and what to do, a line each.
 */
export const NO_KEEPER = 72
export const KEEPER_DOWN = 73

/** What is kept running. */
export interface KeptProgram {
  /** The name of its instances begins with it, before the `@`: `carers-gunicorn`. */
  readonly unit: string
  readonly description: string
  /** Program, absolute, and its arguments, each as it is; {@link AT} may stand in them. */
  readonly command: readonly string[]
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  /** Directory below `/run`, which is the user's and outlives the processes: of systemd. */
  readonly runtimeDirectory?: string
  /** Directory below `/var/lib`, which is the user's: of systemd. */
  readonly stateDirectory?: string
  /** Run by a shell once the processes have been started; needed only where sockets do not outlive a boot. */
  readonly afterwards?: string
  /** The signal that lets them finish what they have begun. @defaultValue `SIGTERM` */
  readonly stopSignal?: string
  /** Seconds that they may take to finish what they have begun. */
  readonly stopSeconds: number
}

/** A project, and where we keep what is ours of it. */
export type KeptPlace = Pick<ProcessPlace, 'project' | 'state'>

/** What knows how to tell a program that keeps processes what is wanted. */
export interface Keeper {
  /** What it is told by. */
  readonly program: Program
  /** A command that it runs as root; undefined if it needs no root. */
  readonly rootCommand: readonly string[] | undefined
  /** Directory for sockets, absolute: the user's, and web servers get there. */
  readonly socketsOf: (place: KeptPlace) => string
  /** Directory for what has to outlive a boot, absolute. */
  readonly stateOf: (place: KeptPlace) => string
  /** Text of the file of an instance. */
  readonly text: (program: KeptProgram) => string
  /**
   * Sets `$root`, and `$files` and `$suffix`: where the file of an instance is. Defines functions, most of them of an
   * instance:
   *
   * - `state` prints `up`, `starting`, `broken` (it waits to be started again), `ending` or `down`;
   * - `main` prints the id of its first process, `said` its newest output;
   * - `put` puts `$new` in place for `$instance`, `forget` takes away what has ended;
   * - `begin` starts it, unless it runs; `finish` ends it; `dismiss` does so without waiting, and forgets it once it has ended;
   * - `enable` and `disable`: whether it is started with the server; `enabled` tells.
   */
  readonly shell: (place: ProcessPlace) => Command
}

/** Variables as `NAME=value`. @throws {@link OptionError} for what cannot be the name of one */
export function assignments(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).map(([name, value]) => {
    if (/^[A-Za-z_]\w*$/.test(name)) return `${name}=${value}`
    throw new OptionError('processes', `${JSON.stringify(name)} is not the name of an environment variable`)
  })
}

/** The same text, unless it could bring lines of its own into a file. */
export function inOneLine(text: string): string {
  if (/[\0\n\r]/.test(text)) throw new OptionError('processes', `${JSON.stringify(text)} has a line break`)
  return text
}
