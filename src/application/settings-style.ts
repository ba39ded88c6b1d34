import { posix } from 'node:path'
import { type Command, change } from '../command/command.js'
import type { Script } from '../command/script.js'
import { RequirementError } from '../errors/requirement-error.js'
import type { ApplicationUser } from './owner.js'
import type { ApplicationPlace } from './place.js'

/** What putting settings in force did. */
export interface SettingsResult {
  readonly changed: boolean
  readonly reason: string
}

/** How the settings of an environment, and those that are private to a machine, come into a release. */
export interface SettingsStyle {
  /** Paths that it makes in a release, relative to that. */
  readonly ownPaths: readonly string[]
  /** Puts the settings of the place's environment in force, and makes those that are private to the machine once. */
  link(place: ApplicationPlace, user: ApplicationUser | undefined): Script<SettingsResult>
  /** Prints the environment that is in force, or an empty line, then those that there are settings for, a line each. */
  environments(directory: string): Command
  /** Name of the file with an environment's settings, relative to a release. */
  fileOf(environment: string): string
  /** True: as long as no environment has a file of its own, none needs one. */
  readonly isOptional: boolean
  /** Forgets which environment is in force, and what is private to the machine. */
  forget(directory: string): Command
}

/** Exit code of the scripts of settings: the project has no such file. */
export const MISSING = 4

/** What is said when the project has no settings for an environment. */
export function noSettings(style: SettingsStyle, environment: string, host: string): RequirementError {
  return new RequirementError({
    what: `link the settings for ${environment}`,
    host,
    why: `the repository has no ${style.fileOf(environment)}`,
    remedy: 'add that file, or deploy to an environment that has one.',
  })
}

/**
 * Makes a file that is private to a machine, once, out of a secret key and a database password: 50 and 32 characters of
 * the kernel's random generator. They never leave the server. What the live release has, from a time when the file was
 * not shared, is kept. Prints `made` or `kept`.
 *
 * @param format - of `printf`, with two `%s`
 */
export function ensurePrivate(file: string, inLive: string, format: string): Command {
  const beside = `${file}.new`
  return change`
    random() { tr -dc 'A-Za-z0-9' </dev/urandom | head -c "$1"; }
    [ ! -e ${file} ] || { echo kept; exit 0; }
    copy() { if [ -O ${inLive} ]; then cp -p -- "$@"; else sudo -n cp -p -- "$@"; fi; }
    if [ -e ${inLive} ]; then
      mkdir -p -- ${posix.dirname(file)} && copy ${inLive} ${beside} && mv -f -- ${beside} ${file} && echo kept
      exit
    fi
    umask 022 && mkdir -p -- ${posix.dirname(file)} && umask 077 &&
    printf ${format} "$(random 50)" "$(random 32)" >${beside} &&
    mv -f -- ${beside} ${file} && echo made`
}
