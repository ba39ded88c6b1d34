import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { OptionError } from '../errors/option-error.js'
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

/** Names of the variables that are private to a machine. */
export interface EnvironmentFileNames {
  /** @defaultValue `SECRET_KEY` */
  readonly secretKey?: string
  /** @defaultValue `DB_PASSWORD` */
  readonly databasePassword?: string
}

const MARK = '# Made by dye-deploy for '

/** What is like the name of an environment's file, but is none. */
const OTHERS = ['private', 'new', 'example', 'sample', 'dist', 'template']

const NOT_OURS = 5
const KEPT = 6

function checkedName(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name
  throw new OptionError('application', `"${name}" is not the name of a variable`)
}

/**
 * One `.env` for settings that read variables (django-environ, python-decouple, python-dotenv): the repository's
 * `.env.<environment>`, if it has any, then what is private to the machine, `.env.private`.
 */
export class EnvironmentFile implements SettingsStyle {
  readonly isOptional = true
  readonly #format: string

  /** @param path - of the file, relative to a release */
  constructor(
    private readonly path: string,
    { secretKey = 'SECRET_KEY', databasePassword = 'DB_PASSWORD' }: EnvironmentFileNames,
  ) {
    this.#format = `${checkedName(secretKey)}=%s\\n${checkedName(databasePassword)}=%s\\n`
  }

  get ownPaths(): readonly string[] {
    return [this.path]
  }

  fileOf(environment: string): string {
    return `${this.path}.${environment}`
  }

  link(place: ApplicationPlace, user: ApplicationUser | undefined): Script<SettingsResult> {
    const { environment, release, shared, live } = place
    const file = posix.join(release, this.path)
    const kept = posix.join(shared, `${this.path}.private`)
    const wanted = posix.join(release, this.fileOf(environment))
    const own = (path: string) => (user === undefined ? ask`:` : letRead(user, path))
    const others = OTHERS.map(name => `${file}.${name}`)
    const check = ask`
      [ ! -e ${file} ] || head -n 1 -- ${file} | grep -qF ${MARK} || exit ${isCheckout(place) ? KEPT : NOT_OURS}
      [ ! -e ${wanted} ] || exit 0
      set -- ${others}
      for each in ${file}.*; do
        for other; do [ "$each" != "$other" ] || continue 2; done
        [ ! -e "$each" ] || exit ${MISSING}
      done`.pausingAt(KEPT)
    const compose = change`
      umask 077
      { echo ${`${MARK}${environment}: a change by hand belongs into ${posix.basename(kept)}`}
        [ ! -e ${wanted} ] || { cat -- ${wanted} && echo; }
        cat -- ${kept}
      } >${`${file}.new`} || exit
      if cmp -s -- ${`${file}.new`} ${file}; then rm -f -- ${`${file}.new`}
      else mv -f -- ${`${file}.new`} ${file} && echo made; fi && { ${own(file)}; }`
    return script(
      [
        check,
        ensurePrivate(kept, posix.join(live, `${this.path}.private`), this.#format),
        own(kept),
        compose,
      ],
      ([checked, made, , composed]) => {
        if (checked.exitCode === KEPT) return { changed: false, reason: `${this.path} is kept as it is` }
        const reason =
          made.stdout === 'made' ? 'private settings were generated' : 'private settings were kept'
        return { changed: made.stdout === 'made' || composed.stdout === 'made', reason }
      },
      (failure, index) => {
        const { exitCode, host } = failure
        if (index > 0) return failure
        if (exitCode === MISSING) return noSettings(this, environment, host)
        if (exitCode !== NOT_OURS) return failure
        return new RequirementError({
          what: `make ${this.path} for ${environment}`,
          host,
          why: 'the repository has a file of that name',
          remedy: `rename it to ${this.fileOf(environment)}: what is private to the server is added to it there.`,
        })
      },
    )
  }

  environments(directory: string): Command {
    const file = posix.join(directory, this.path)
    return ask`
      sed -n ${`1s/^${MARK}\\([^:]*\\):.*/\\1/p`} ${file} 2>/dev/null | grep . || echo
      set -- ${OTHERS}
      for each in ${file}.*; do
        for other; do [ "$each" != ${file}."$other" ] || continue 2; done
        [ ! -e "$each" ] || printf '%s\n' "\${each##*.}"
      done`
  }

  forget(directory: string): Command {
    const file = posix.join(directory, this.path)
    return change`
      ! head -n 1 -- ${file} 2>/dev/null | grep -qF ${MARK} || rm -f -- ${file}
      rm -f -- ${`${file}.private`}`
  }
}
