import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { mapped, type Script, script, together } from '../command/script.js'
import { ConfigurationError } from '../errors/configuration-error.js'
import { APACHE, COPIED, FREE_PORTS, GRACEFULLY, STARTED, TESTED } from './apache-layout.js'
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

/** Sets where things of the site are: `$site` is what is enabled, `$guard` has the maintenance page. */
function paths({ project }: SitePlace): Command {
  return ask`${APACHE}
    site=$etc/$sites/${project}.conf guard=$etc/$confs/${`dye-${project}.conf`}`
}

/** Touches a file, if it is there. */
const touched = (how: Command, file: string) =>
  ask`{ [ ! -e ${file} ] || touch -c ${how} -- ${file} 2>/dev/null || sudo -n touch -c ${how} -- ${file}; }`

const headerOf = ({ state }: SitePlace) => posix.join(state, 'check-header')

/**
 * Apache, as Debian or Red Hat lays it out. The site's virtual host stands in the repository and is enabled as a link
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
    const test = ask`${APACHE}
      $root "$tester" -t`
    return WebServerService.of('Apache', ['apache2', 'httpd'], test)
  }

  get title(): string {
    return `Apache with ${this.#settings.configuration.title}`
  }

  get ownPaths(): readonly string[] {
    return [MADE]
  }

  testConfiguration(site: SitePlace): Script<ConfigurationTest> {
    const { configuration } = this.#settings
    const test = ask`
      ${configuration.named(site.release)}; wanted=${site.release}/"$name" in_force=${site.live}/"$name"
      [ -e "$wanted" ] || { echo ${`the release has no ${configuration.path}`} >&2; exit 1; }
      ${workspace}
      ${paths(site)}
      [ ! -e "$site" ] || [ -L "$site" ] ||
        { echo "$site is no link, so that it is nobody's who deploys: move it away, or name the project otherwise" >&2; exit 1; }
      ${guardToTest(headerOf(site))}
      ${COPIED}
      ln -s -- "$wanted" "$new/\${site#"$etc"/}" && ln -s -- "$new/guard" "$new/\${guard#"$etc"/}" || exit 1
      ${TESTED}
      ${FREE_PORTS}
      if $root cmp -s - "$guard" <"$new/guard" && [ "$(readlink -- "$site")" = "$in_force" ] && cmp -s -- "$wanted" "$in_force"
      then echo same; else echo changed; fi`
    const inForce = ask`${paths(site)}
      cat -- "$site"`
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
    return mapped(together(configuration.prepared(site, inForce), tested), ([, found]) => found)
  }

  /** Else mod_wsgi would end its processes at once, and Apache cut off those who wait for the next ones. */
  stay({ live, release, entry }: SitePlace): Command {
    if (!entry) return change`:`
    const now = `${live}/${entry}`
    return change`[ ! -e ${now} ] || ${touched(ask`-r ${now}`, `${release}/${entry}`)} || :`
  }

  reload(site: SitePlace, configurationChanged: boolean): Command {
    const { live, entry } = site
    if (!configurationChanged) {
      return change`${entry ? touched(ask``, `${live}/${entry}`) : ask`:`} || exit
        root="sudo -n"; [ "$(id -u)" != 0 ] || root=; PATH=$PATH:/usr/sbin:/sbin
        ${APACHE}
        ${STARTED}`
    }
    return change`
      ${workspace}
      ${paths(site)}
      ${guardToInstall(headerOf(site))}
      $root install -o root -g root -m 600 -- /dev/stdin "$guard" <"$new/guard" || exit
      ${this.#settings.configuration.named(live)}; target=${live}/"$name"
      if [ -e "$target" ]; then $root ln -sfn -- "$target" "$site"; else $root rm -f -- "$site"; fi || exit
      ${GRACEFULLY}`.withStdin(this.#guardConfiguration(site))
  }

  disable(site: SitePlace): Command {
    return change`
      ${workspace}
      ${paths(site)}
      [ -e "$site" ] || [ -L "$site" ] || exit 0
      wanted=$site
      ${COPIED}
      ${TESTED}
      $root rm -f -- "$site" && $root rm -f -- "$guard" || exit
      ${GRACEFULLY}`
  }

  checkHealth(site: SitePlace): Script<string> {
    const { configuration, health } = this.#settings
    const wished = health.url ?? configuration.site?.url
    const logs = configuration.site ? apacheErrorLogs(site.project) : []
    const found = ask`
      ${configuration.named(site.live)}
      name=$(sed -n 's/^[[:space:]]*ServerName[[:space:]]*//p' ${site.live}/"$name" | head -n 1)
      echo "http://$(printf %s "\${name:-localhost}" | tr -d '[:space:]')/"`
    return healthCheck({
      url: wished === undefined ? found : ask`echo ${wished}`,
      options: health.options,
      headerFile: headerOf(site),
      logTail: ask`( root="sudo -n"; [ "$(id -u)" != 0 ] || root=
        ${APACHE}
        $root tail -q -n 8 -- "$log" ${logs} 2>/dev/null )`,
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
