import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { ConfigurationError } from '../errors/configuration-error.js'
import { OptionError } from '../errors/option-error.js'
import { healthCheck } from './health-check.js'
import type { ConfigurationTest, SitePlace, WebServer } from './web-server.js'

interface ApacheSettings {
  readonly configuration: string
  readonly url: string | undefined
  readonly healthSeconds: number
}

const ETC = '/etc/apache2'
const HEADER = 'X-Dye-Check'

const MAINTENANCE_PAGE =
  '<!DOCTYPE html><title>Maintenance</title><h1>We are updating this site</h1><p>It will be back in a moment.</p>'

/** `$root` is what makes a command root's. */
const ROOT = ask`root="sudo -n"; [ "$(id -u)" != 0 ] || root=`

/** Puts the input into `$new/guard`, with the token of `$new/header`; the token is in no argument vector. */
const writeGuard = ask`sed 's/.*: \(.*\)/s|%TOKEN%|\1|/' "$new/header" >"$new/edit" && sed -f "$new/edit" >"$new/guard" || exit 1`

function paths({ project, state }: SitePlace) {
  return {
    enabled: `${ETC}/sites-enabled/${project}.conf`,
    guard: `${ETC}/conf-enabled/dye-${project}.conf`,
    header: posix.join(state, 'check-header'),
  }
}

/**
 * Apache, as Debian lays it out. The site's virtual host stands in the repository and is enabled as a link
 * through the live release. Each method returns a changed copy.
 */
export class Apache implements WebServer {
  readonly #settings: ApacheSettings

  private constructor(settings: ApacheSettings) {
    this.#settings = Object.freeze(settings)
  }

  /** @internal */
  static of(configuration: string): Apache {
    return new Apache({ configuration, url: undefined, healthSeconds: 30 })
  }

  /**
   * What is asked for to see whether the site is well; the request goes to the server itself.
   *
   * @param url - @defaultValue `/` of the first `ServerName` in the configuration, by http
   * @param seconds - how long it may take. @defaultValue 30
   */
  check(url: string, seconds = this.#settings.healthSeconds): Apache {
    if (!URL.canParse(url)) throw new OptionError('webServer', `"${url}" is not a URL`)
    return new Apache({ ...this.#settings, url, healthSeconds: seconds })
  }

  get title(): string {
    return `Apache with ${this.#settings.configuration}`
  }

  testConfiguration(site: SitePlace): Script<ConfigurationTest> {
    const { enabled, guard, header } = paths(site)
    const wanted = posix.join(site.release, this.#settings.configuration)
    const inForce = posix.join(site.live, this.#settings.configuration)
    const test = ask`
      ${ROOT}
      [ -e ${wanted} ] || { echo ${`the release has no ${this.#settings.configuration}`} >&2; exit 1; }
      new=$(mktemp -d) && trap '$root rm -rf -- "$new"' EXIT || exit 1
      umask 077
      if [ -e ${header} ]; then cp -- ${header} "$new/header"; else echo ${`${HEADER}: new`} >"$new/header"; fi
      ${writeGuard}
      mkdir "$new/sites" "$new/confs" && for each in ${`${ETC}/sites-enabled/`}*.conf; do
        [ "$each" = ${enabled} ] || [ ! -e "$each" ] || ln -s -- "$(readlink -f -- "$each")" "$new/sites/" || exit 1
      done
      ln -s -- ${wanted} "$new"/sites/${`${site.project}.conf`} && for each in ${`${ETC}/conf-enabled/`}*.conf; do
        [ "$each" = ${guard} ] || [ ! -e "$each" ] || ln -s -- "$(readlink -f -- "$each")" "$new/confs/" || exit 1
      done
      ln -s -- "$new/guard" "$new/confs/dye.conf"
      sed -e "s|sites-enabled/|$new/sites/|" -e "s|conf-enabled/|$new/confs/|" ${`${ETC}/apache2.conf`} >"$new/apache2.conf"
      $root sh -c '. /etc/apache2/envvars; apache2 -t -f "$1"' sh "$new/apache2.conf" >"$new/said" 2>&1 ||
        { cat -- "$new/said" >&2; exit 1; }
      if $root cmp -s -- "$new/guard" ${guard} && [ -e ${enabled} ] && cmp -s -- ${wanted} ${inForce}
      then echo same; else echo changed; fi`
    return script(
      [test.withStdin(this.#guardConfiguration(site))],
      ([{ stdout }]) => ({ changed: stdout === 'changed' }),
      failure =>
        new ConfigurationError({
          what: `use ${this.#settings.configuration}`,
          host: failure.host,
          why: 'Apache refuses it',
          output: failure.stderr,
          remedy: 'the site has not been touched. Correct the file and deploy again.',
        }),
    )
  }

  reload(site: SitePlace, configurationChanged: boolean): Command {
    const { live, entry } = site
    const file = `${live}/${entry}`
    const touch = entry
      ? change`{ [ ! -e ${file} ] || touch -c -- ${file} 2>/dev/null || sudo -n touch -c -- ${file}; }`
      : change`:`
    if (!configurationChanged) return touch
    const { enabled, guard, header } = paths(site)
    const target = posix.join(live, this.#settings.configuration)
    return change`
      ${ROOT}
      new=$(mktemp -d) && trap 'rm -rf -- "$new"' EXIT || exit 1
      umask 077
      [ -e ${header} ] || printf ${`${HEADER}: %s\n`} "$(tr -dc a-z0-9 </dev/urandom | head -c 32)" >${header} || exit 1
      cp -- ${header} "$new/header"
      ${writeGuard}
      $root install -o root -g root -m 600 -- "$new/guard" ${guard} &&
      if [ -e ${target} ]; then $root ln -sfn -- ${target} ${enabled}; else $root rm -f -- ${enabled}; fi &&
      ${touch} && $root apache2ctl graceful`.withStdin(this.#guardConfiguration(site))
  }

  checkHealth(site: SitePlace): Script<string> {
    const { url, healthSeconds } = this.#settings
    const configuration = posix.join(site.live, this.#settings.configuration)
    const found = ask`
      name=$(sed -n 's/^[[:space:]]*ServerName[[:space:]]*//p' ${configuration} | head -n 1)
      echo "http://$(printf %s "\${name:-localhost}" | tr -d '[:space:]')/"`
    return healthCheck({
      url: url ? ask`echo ${url}` : found,
      headerFile: paths(site).header,
      seconds: healthSeconds,
      logTail: ask`{ ${ROOT}; $root tail -n 8 /var/log/apache2/error.log; }`,
    })
  }

  /** Answers for the maintenance page below the project's home only, so that no other site is touched. */
  #guardConfiguration({ root, maintenance }: SitePlace): string {
    return `# Made by dye-deploy: the maintenance page of what is below ${root}.
<Directory "${root}">
  <If "-f '${maintenance}' && %{HTTP:${HEADER}} != '%TOKEN%'">
    Redirect 503 "/"
    ErrorDocument 503 "${MAINTENANCE_PAGE}"
    <IfModule mod_headers.c>
      Header always set Retry-After 30
    </IfModule>
  </If>
</Directory>
`
  }
}
