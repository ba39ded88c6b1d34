import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { RequirementError } from '../errors/requirement-error.js'
import { type ApplicationUser, letRead } from './owner.js'
import { type ApplicationPlace, isCheckout } from './place.js'
import {
  ensurePrivate,
  MISSING,
  noSettings,
  type SettingsResult,
  type SettingsStyle,
} from './settings-style.js'

const LOCAL = 'local_settings.py'
const PRIVATE = 'private_settings.py'
const FORMAT = 'SECRET_KEY = "%s"\\nDB_PASSWORD = "%s"\\n'

const NOT_IMPORTED = 5

/** How settings take in the environment's own. */
const IMPORTS_LOCAL =
  '^[[:space:]]*(from[[:space:]]+[.A-Za-z0-9_]*local_settings|import[[:space:]]+[.A-Za-z0-9_]*local_settings|from[[:space:]].*import.*local_settings)'

/**
 * DYE's way: `local_settings.py` is a link to `local_settings.py.<environment>` beside it, `private_settings.py` one to
 * the machine's own, and `settings.py` imports both.
 */
export class LocalSettings implements SettingsStyle {
  readonly isOptional = false

  /** @param project - directory with `settings.py`, relative to a release */
  constructor(private readonly project: string) {}

  get ownPaths(): readonly string[] {
    return [LOCAL, PRIVATE].map(name => posix.join(this.project, name))
  }

  fileOf(environment: string): string {
    return posix.join(this.project, `${LOCAL}.${environment}`)
  }

  link(place: ApplicationPlace, user: ApplicationUser | undefined): Script<SettingsResult> {
    const directory = posix.join(place.release, this.project)
    const local = `${LOCAL}.${place.environment}`
    const kept = posix.join(place.shared, this.project, PRIVATE)
    const inLive = posix.join(place.live, this.project, PRIVATE)
    const linkPrivate = change`ln -sfn -- ${posix.relative(directory, kept)} ${PRIVATE}`
    const link = change`
      [ -e ${local} ] || exit ${MISSING}
      grep -rqE ${IMPORTS_LOCAL} --include='*.py' . || exit ${NOT_IMPORTED}
      [ "$(readlink ${LOCAL})" = ${local} ] || { ln -sfn -- ${local} ${LOCAL} && echo linked; } || exit
      ${isCheckout(place) ? ask`:` : linkPrivate}`
    const own = user === undefined ? ask`:` : letRead(user, kept)
    return script(
      [ensurePrivate(kept, inLive, FORMAT), own, link.in(directory)],
      ([made, , linked]) => ({
        changed: made.stdout === 'made' || linked.stdout === 'linked',
        reason: made.stdout === 'made' ? 'private settings were generated' : 'private settings were kept',
      }),
      failure => {
        const { exitCode, host } = failure
        if (exitCode === MISSING) return noSettings(this, place.environment, host)
        if (exitCode !== NOT_IMPORTED) return failure
        return new RequirementError({
          what: `link the settings for ${place.environment}`,
          host,
          why: `no settings in ${this.project} import local_settings, so they would have no effect`,
          remedy: 'put "from local_settings import *" at the end of settings.py.',
        })
      },
    )
  }

  environments(directory: string): Command {
    return ask`
      link=$(readlink ${LOCAL}); case $link in ${LOCAL}.*) echo "\${link#local_settings.py.}";; *) echo;; esac
      for each in ${LOCAL}.*; do [ ! -e "$each" ] || printf '%s\n' "\${each#local_settings.py.}"; done`.in(
      posix.join(directory, this.project),
    )
  }

  forget(directory: string): Command {
    return change`rm -f -- ${LOCAL} ${PRIVATE}`.in(posix.join(directory, this.project))
  }
}
