import type { Command } from '../command/command.js'
import type { Program } from '../command/program.js'
import type { Script } from '../command/script.js'

/** Where the processes of an application are. All paths are absolute. */
export interface ProcessPlace {
  readonly project: string
  /** Name of the release whose code they run. */
  readonly release: string
  /** The application's directory in the release. */
  readonly directory: string
  /** Directory of the release. */
  readonly path: string
  /** Directory for what deploys keep for themselves; it outlives each release. */
  readonly state: string
  /** Python of the release's virtualenv; undefined where there is none. */
  readonly python: string | undefined
  /** Prints the name of the user that they run as. Undefined if that is who deploys. */
  readonly user: Command | undefined
}

/** Processes that run an application: a server of its own behind the web server, or workers. */
export interface Process {
  /** What they are, for people: `gunicorn`. */
  readonly title: string
  /** Programs that it needs on the server: a deploy to one without them fails before anything is changed. @defaultValue none */
  readonly needs?: readonly Program[]
  /** Calls the shell function `may` with commands that it runs as root. Left out by those that need no root. */
  readonly rootCommands?: Command | undefined
  /** The link to the socket on which those of the live release answer. Left out by those that answer no requests. */
  socketOf?(project: string): string
  /** Starts those of a release beside the ones that do the work; fails unless they are well. Left out by those that may not yet. */
  start?(place: ProcessPlace): Script<void>
  /** Lets those of a release do the work; starts them if need be. */
  serve(place: ProcessPlace): Script<void>
  /** Lets those of a release do the work again that it had before. If it had none, there are none any more. */
  goBack(place: ProcessPlace): Command
  /** Lets none do the work. */
  remove(place: ProcessPlace): Command
  /** Ends those that do not do the work any more: they finish what they have begun, nobody waits for it. */
  retire(place: ProcessPlace): Command
}
