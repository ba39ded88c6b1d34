import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { ConfigurationError } from '../errors/configuration-error.js'
import { OptionError } from '../errors/option-error.js'
import type { Site } from './site.js'
import type { SiteTextPlace } from './site-settings.js'
import type { SitePlace } from './web-server.js'

/** The configuration that a deploy has put together, relative to the release. */
export const MADE = '.dye-site.conf'

/** Values of a template. */
export type Variables = Readonly<Record<string, string | number>>

type TextOf = (site: Site, place: SiteTextPlace) => string

interface ConfigurationSettings {
  /** What it is, for people: `apache/production.conf`. */
  readonly title: string
  /** Relative to the release. */
  readonly path: string
  readonly template?: { readonly path: string; readonly variables: Variables }
  readonly generated?: { readonly site: Site; readonly textOf: TextOf }
}

/** Exit code of our own: it cannot be put together. */
const UNMADE = 65

/**
 * Replaces `{{ name }}` in what follows the first empty line of the input by what stands behind the name before that. Says which
 * names are not there, by line.
 */
export const RENDER = `
BEGIN { title = ARGV[1]; ARGC = 1 }
!begun && $0 == "" { begun = 1; next }
!begun { at = index($0, " "); value[substr($0, 1, at - 1)] = substr($0, at + 1); next }
{
  line++; done = ""; rest = $0
  while (match(rest, /[{][{][^{}]*[}][}]/)) {
    name = substr(rest, RSTART + 2, RLENGTH - 4); gsub(/^[ \\t]+|[ \\t]+$/, "", name)
    if (!(name in value)) { print title ":" line ": there is no variable " name > "/dev/stderr"; failed = 1 }
    done = done substr(rest, 1, RSTART - 1) value[name]; rest = substr(rest, RSTART + RLENGTH)
  }
  print done rest
}
END { exit failed ? ${UNMADE} : 0 }`

function checkedVariables(variables: Variables): Variables {
  for (const [name, value] of Object.entries(variables)) {
    const refused = (why: string) =>
      new OptionError('webServer', `the variable ${JSON.stringify(name)} ${why}`)
    if (!/^[A-Za-z_]\w*$/.test(name)) throw refused('has a name that templates cannot have')
    if (/[\n\r\0]/.test(String(value))) throw refused('has a line break in its value')
  }
  return variables
}

/** Variables that every template has, besides those that are known on the server only. */
function placeVariables({ project, environment, root, live, virtualenv, socket }: SitePlace): Variables {
  return {
    project,
    environment,
    root,
    live,
    ...(virtualenv !== undefined && { virtualenv: posix.join(live, virtualenv) }),
    ...(socket !== undefined && { socket }),
  }
}

/** A site to try a text with: what cannot be said is told at once. */
const SAMPLE: SiteTextPlace = { project: 'site', live: '/site' }

/**
 * Where a site's configuration comes from: a file of the release, a template in it, or a {@link Site}. What has to be put together is
 * written into the release, so that it goes with it.
 */
export class Configuration {
  readonly #settings: ConfigurationSettings

  private constructor(settings: ConfigurationSettings) {
    this.#settings = Object.freeze(settings)
  }

  /**
   * @param textOf - makes the text for a site
   * @throws {@link OptionError} for a site that the web server cannot have
   */
  static of(from: string | Site, textOf: TextOf): Configuration {
    if (typeof from === 'string') return new Configuration({ title: from, path: from })
    textOf(from, SAMPLE)
    return new Configuration({ title: from.title, path: MADE, generated: { site: from, textOf } })
  }

  /** Makes the file a template. */
  withVariables(variables: Variables): Configuration {
    const { title, path, template, generated } = this.#settings
    if (generated) throw new OptionError('webServer', `${title} is no template, and has no variables`)
    const all = { ...template?.variables, ...checkedVariables(variables) }
    return new Configuration({
      title,
      path: MADE,
      template: { path: template?.path ?? path, variables: all },
    })
  }

  get title(): string {
    return this.#settings.title
  }

  /** The file that a web server is to read, relative to the release. */
  get path(): string {
    return this.#settings.path
  }

  /** What a project may have beside the file, for the time when its site is off; undefined where there is no file. */
  get beside(): { readonly page: string; readonly site: string } | undefined {
    const { path, template, generated } = this.#settings
    if (generated) return undefined
    const stem = `${(template?.path ?? path).replace(/\.conf(\.\w+)?$/, '')}-maintenance`
    return { page: `${stem}.html`, site: `${stem}.conf` }
  }

  /** Sets `$own` to the configuration that a release may have for the time when its site is off. */
  closing(release: string): Command {
    return this.beside ? ask`own=${posix.join(release, this.beside.site)}` : ask`own=`
  }

  /** Sets `$name` to what it reads of a release, relative to it: what was made for that release, if anything was. */
  named(release: string): Command {
    return ask`name=${MADE}; [ -e ${posix.join(release, MADE)} ] || name=${this.path}`
  }

  /** The site that it was made of. */
  get site(): Site | undefined {
    return this.#settings.generated?.site
  }

  /**
   * Writes it into the release, unless it is a file of the repository, or there: a release that is gone back to has its own. The
   * live release gets what is in force, if it has none of its own, for going back to it.
   *
   * @param inForce - prints it, as a release would have it
   */
  prepared(place: SitePlace, inForce: Command): Script<void> {
    const { template, generated } = this.#settings
    if (!template && !generated) return script([], () => undefined)
    const made = posix.join(place.release, MADE)
    const kept = posix.join(place.live, MADE)
    const command = change`
      if [ -d ${place.live} ] && [ ! -e ${kept} ] && old=$({ ${inForce}; } 2>/dev/null) && [ -n "$old" ]; then
        printf '%s\n' "$old" >${`${kept}.new`} && mv -fT -- ${`${kept}.new`} ${kept} || exit
      fi
      [ ! -e ${made} ] || exit 0
      ${template ? this.#found(posix.join(place.release, template.path)) : ask`:`}
      user=$(${place.user ?? ask`id -un`}) && group=$(id -gn -- "$user") || exit
      { printf 'user %s\ngroup %s\n' "$user" "$group"; cat; ${template ? ask`cat -- ${posix.join(place.release, template.path)}` : ask`:`}; } |
        awk ${RENDER} ${this.title} >${`${made}.new`} && mv -fT -- ${`${made}.new`} ${made} ||
        { code=$?; rm -f -- ${`${made}.new`}; exit "$code"; }`
    return script(
      [command.withStdin(this.#input(place))],
      () => undefined,
      failure =>
        failure.exitCode === UNMADE
          ? new ConfigurationError({
              what: `put ${this.title} together`,
              host: failure.host,
              why: failure.stderr.trim().split('\n')[0],
              output: failure.stderr.trim().split('\n').slice(1).join('\n'),
              remedy: `the site has not been touched. Correct the file, or give values by variables(); there are ${this.#names(place)}.`,
            })
          : failure,
    )
  }

  #found(file: string): Command {
    return ask`[ -f ${file} ] || { echo ${`the release has no ${this.title}`} >&2; exit ${UNMADE}; }`
  }

  #variables(place: SitePlace): Variables {
    return { ...placeVariables(place), ...this.#settings.template?.variables }
  }

  #names(place: SitePlace): string {
    return ['user', 'group', ...Object.keys(this.#variables(place))].join(', ')
  }

  /** The variables, and the text if it is not in the release. */
  #input(place: SitePlace): string {
    const { generated } = this.#settings
    if (!generated) {
      return `${Object.entries(this.#variables(place))
        .map(each => `${each.join(' ')}\n`)
        .join('')}\n`
    }
    const { project, live, virtualenv } = place
    const text = generated.textOf(generated.site, {
      project,
      live,
      virtualenv,
      user: '{{ user }}',
      group: '{{ group }}',
    })
    return `\n${text}`
  }
}
