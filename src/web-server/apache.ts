import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { mapped, type Script, script, together } from '../command/script.js'
import { ConfigurationError } from '../errors/configuration-error.js'
import { apacheErrorLogs, socketOrigin } from './apache-site.js'
import { Configuration, MADE } from './configuration.js'
import {
  checkedAddresses,
  guardToInstall,
  guardToTest,
  HEADER,
  MAINTENANCE_PAGE,
  RETRY_AFTER,
  TOKEN,
  workspace,
} from './guard.js'
import { type HealthOptions, type HealthWish, healthCheck, healthWish } from './health-check.js'
import type { Site } from './site.js'
import type { ConfigurationTest, SitePlace, WebServer } from './web-server.js'
import { WebServerService } from './web-server-service.js'

interface ApacheSettings {
  readonly configuration: Configuration
  readonly health: HealthWish
  readonly allowed: readonly string[]
}

const ETC = '/etc/apache2'

const TEST = ask`for each in apache2ctl apachectl; do ! command -v "$each" >/dev/null || break; done; $root "$each" -t`

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
  static of(from: string | Site): Apache {
    const configuration = Configuration.of(from, (site, place) => site.apache(place))
    return new Apache({ configuration, health: { options: {} }, allowed: [] })
  }

  /**
   * What is asked for to see whether the site is well; the request goes to the server itself.
   *
   * @param url - @defaultValue `/` of the first `ServerName` in the configuration, by http
   * @throws {@link OptionError} for what is not a URL
   */
  check(url: string, options: HealthOptions = {}): Apache {
    return new Apache({ ...this.#settings, health: healthWish(url, options) })
  }

  /**
   * Who sees the site while it is off, and no maintenance page.
   *
   * @param addresses - IP addresses, or networks such as `192.0.2.0/24`
   * @throws {@link OptionError} for what is not an address
   */
  allow(...addresses: readonly string[]): Apache {
    return new Apache({ ...this.#settings, allowed: checkedAddresses(addresses) })
  }

  /**
   * Makes the file a template, in which `{{ name }}` is replaced. Values are plain text. There are `project`, `environment`,
   * `root` (the project's home), `live` (the link to the live release), `virtualenv`, `socket` (that of the first AppServer),
   * `user` and `group` of the application, too.
   *
   * @throws {@link OptionError} for a value with a line break, and for a configuration that is no file
   * @example
   * ```ts
   * const webServer = WebServer.apache('apache/site.conf.in').variables({ name: 'carers.example.org' })
   * ```
   */
  variables(values: Readonly<Record<string, string | number>>): Apache {
    const configuration = this.#settings.configuration.withVariables(values)
    return new Apache({ ...this.#settings, configuration })
  }

  /** Apache itself, with all its sites: `await apache.service.restart(host)`. */
  get service(): WebServerService {
    return WebServerService.of('Apache', ['apache2', 'httpd'], TEST)
  }

  get title(): string {
    return `Apache with ${this.#settings.configuration.title}`
  }

  get ownPaths(): readonly string[] {
    return [MADE]
  }

  testConfiguration(site: SitePlace): Script<ConfigurationTest> {
    const { enabled, guard, header } = paths(site)
    const { configuration } = this.#settings
    const test = ask`
      ${configuration.named(site.release)}; wanted=${site.release}/"$name" in_force=${site.live}/"$name"
      [ -e "$wanted" ] || { echo ${`the release has no ${configuration.path}`} >&2; exit 1; }
      ${workspace}
      ${guardToTest(header)}
      mkdir "$new/sites" "$new/confs" && for each in ${`${ETC}/sites-enabled/`}*.conf; do
        [ "$each" = ${enabled} ] || [ ! -e "$each" ] || ln -s -- "$(readlink -f -- "$each")" "$new/sites/" || exit 1
      done
      ln -s -- "$wanted" "$new"/sites/${`${site.project}.conf`} && for each in ${`${ETC}/conf-enabled/`}*.conf; do
        [ "$each" = ${guard} ] || [ ! -e "$each" ] || ln -s -- "$(readlink -f -- "$each")" "$new/confs/" || exit 1
      done
      ln -s -- "$new/guard" "$new/confs/dye.conf"
      sed -e "s|sites-enabled/|$new/sites/|" -e "s|conf-enabled/|$new/confs/|" ${`${ETC}/apache2.conf`} >"$new/apache2.conf"
      $root sh -c '. /etc/apache2/envvars; apache2 -t -f "$1"' sh "$new/apache2.conf" >"$new/said" 2>&1 ||
        { cat -- "$new/said" >&2; exit 1; }
      if $root cmp -s -- "$new/guard" ${guard} && [ "$(readlink -- ${enabled})" = "$in_force" ] && cmp -s -- "$wanted" "$in_force"
      then echo same; else echo changed; fi`
    const tested = script(
      [test.withStdin(this.#guardConfiguration(site))],
      ([{ stdout }]) => ({ changed: stdout === 'changed' }),
      failure =>
        new ConfigurationError({
          what: `use ${configuration.title}`,
          host: failure.host,
          why: 'Apache refuses it',
          output: failure.stderr,
          remedy: 'the site has not been touched. Correct the file and deploy again.',
        }),
    )
    return mapped(
      together(configuration.prepared(site, ask`cat -- ${enabled}`), tested),
      ([, found]) => found,
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
    return change`
      ${workspace}
      ${guardToInstall(header)}
      $root install -o root -g root -m 600 -- "$new/guard" ${guard} || exit
      ${this.#settings.configuration.named(live)}; target=${live}/"$name"
      if [ -e "$target" ]; then $root ln -sfn -- "$target" ${enabled}; else $root rm -f -- ${enabled}; fi &&
      ${touch} && $root apache2ctl graceful`.withStdin(this.#guardConfiguration(site))
  }

  checkHealth(site: SitePlace): Script<string> {
    const { configuration, health } = this.#settings
    const wished = health.url ?? configuration.site?.url
    const logs = ['/var/log/apache2/error.log', ...(configuration.site ? apacheErrorLogs(site.project) : [])]
    const found = ask`
      ${configuration.named(site.live)}
      name=$(sed -n 's/^[[:space:]]*ServerName[[:space:]]*//p' ${site.live}/"$name" | head -n 1)
      echo "http://$(printf %s "\${name:-localhost}" | tr -d '[:space:]')/"`
    return healthCheck({
      url: wished === undefined ? found : ask`echo ${wished}`,
      options: health.options,
      headerFile: paths(site).header,
      logTail: ask`{ root="sudo -n"; [ "$(id -u)" != 0 ] || root=; $root tail -q -n 8 -- ${logs} 2>/dev/null; }`,
    })
  }

  /**
   * Answers for the maintenance page below the project's home, and for what the project's servers are asked, only: no other site
   * is touched.
   */
  #guardConfiguration({ project, root, maintenance }: SitePlace): string {
    const passers = this.#settings.allowed.map(address => ` && ! %{REMOTE_ADDR} -ipmatch '${address}'`)
    const origins = [socketOrigin(project), ...(this.#settings.configuration.site?.origins ?? [])]
    const page = `  <If "-f '${maintenance}' && %{HTTP:${HEADER}} != '${TOKEN}'${passers.join('')}">
    Redirect 503 "/"
    ErrorDocument 503 "${MAINTENANCE_PAGE}"
    <IfModule mod_headers.c>
      Header always set Retry-After ${RETRY_AFTER}
    </IfModule>
  </If>`
    const proxied = origins.map(each => `<Proxy "${each}/*">\n${page}\n</Proxy>\n`).join('')
    return `# Made by dye-deploy: the maintenance page of what is below ${root}.
<Directory "${root}">
${page}
</Directory>
<IfModule proxy_module>
${proxied}</IfModule>
`
  }
}
