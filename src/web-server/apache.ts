import { posix } from 'node:path'
import { AS_ROOT } from '../command/as-root.js'
import { ask, type Command, change } from '../command/command.js'
import type { Script } from '../command/script.js'
import { daemonsTooOld } from './apache-daemons.js'
import { APACHE, FREE_PORTS } from './apache-layout.js'
import { CLOSED, FORGETTING, headerOf, OPENING, paths, RELOADING, TRYING } from './apache-shell.js'
import { apacheErrorLogs, socketOrigin } from './apache-site.js'
import { Configuration } from './configuration.js'
import { ConfiguredServer, type ServerSettings, unsaid } from './configured-server.js'
import {
  guardToInstall,
  guardToTest,
  HEADER,
  MAINTENANCE_PAGE,
  pageShown,
  RETRY_AFTER,
  rootSet,
  TOKEN,
  workspace,
} from './guard.js'
import type { HealthTalk } from './health-check.js'
import { checked } from './judged-health.js'
import type { Site } from './site.js'
import type { ConfigurationTest, SiteHome, SitePlace, WebServer } from './web-server.js'
import { WebServerService } from './web-server-service.js'

/** Touches a file, if it is there. */
const touched = (how: Command, file: string) =>
  ask`{ [ ! -e ${file} ] || touch -c ${how} -- ${file} 2>/dev/null || sudo -n touch -c ${how} -- ${file}; }`

/** It is there on Debian, but it is not loaded unless somebody asks for it; without it nobody is told when to come again. */
const HEADERS_MODULE = '/usr/lib/apache2/modules/mod_headers.so'

/**
 * Apache, as Debian or Red Hat lays it out. The site's virtual host stands in the repository and is enabled as a link
 * through the live release. Each method returns a changed copy.
 */
export class Apache extends ConfiguredServer implements WebServer {
  private constructor(settings: ServerSettings) {
    super(settings, 'Apache')
  }

  /** @internal */
  static of(from: string | Site): Apache {
    const configuration = Configuration.of(from, (site, place) => site.apache(place))
    return new Apache({ configuration, ...unsaid })
  }

  /** @internal */
  protected readonly daemon = { names: ['apache2ctl', 'httpd'], title: 'Apache', package: 'apache2' } as const

  /** Apache itself, with all its sites: `await apache.service.restart(host)`. */
  get service(): WebServerService {
    const test = ask`${APACHE}
      $root "$tester" -t`
    return WebServerService.of('Apache', ['apache2', 'httpd'], test)
  }

  /** @internal */
  protected with(changes: Partial<ServerSettings>): this {
    return new Apache({ ...this.settings, ...changes }) as this
  }

  testConfiguration(site: SitePlace): Script<ConfigurationTest> {
    const { configuration } = this.settings
    const test = ask`
      ${configuration.named(site.release)}; wanted=${site.release}/"$name" in_force=${site.live}/"$name"
      [ -e "$wanted" ] || { echo ${`the release has no ${configuration.path}`} >&2; exit 1; }
      ${workspace}
      ${paths(site)}
      [ ! -e "$site" ] || [ -L "$site" ] ||
        { echo "$site is no link, so that it is nobody's who deploys: move it away, or name the project otherwise" >&2; exit 1; }
      ${TRYING}
      ${configuration.closing(site.release)}
      if [ -e "$own" ]; then
        tries "$own" || { cat -- "$new/said" >&2; exit 1; }
        ( wanted=$own; ${FREE_PORTS} ) || exit
      fi
      ${guardToTest(headerOf(site))}
      tries "$wanted" || { cat -- "$new/said" >&2; exit 1; }
      ${FREE_PORTS}
      if $root cmp -s - "$guard" <"$new/guard" && [ "$(readlink -- "$site")" = "$in_force" ] && cmp -s -- "$wanted" "$in_force"
      then echo same; else echo changed; fi`
    const inForce = ask`${paths(site)}
      cat -- "$site"`
    return this.tested(site, inForce, test)
  }

  rootCommands(site: SiteHome): Command {
    const { configuration } = this.settings
    return ask`
      ${paths(site)}
      ${configuration.named(site.live)}
      may "$tester" -t -f "/tmp/tmp.0/$main"
      may cmp -s - "$guard"
      may install -o root -g root -m 600 -- /dev/stdin "$guard"
      may ln -sfn -- ${site.live}/"$name" "$site"
      may "$ctl" graceful`
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
        ${rootSet}
        ${APACHE}
        ${RELOADING}
        started || exit
        ${this.openSite(site)}`
    }
    return change`
      ${workspace}
      ${paths(site)}
      ${guardToInstall(headerOf(site))}
      $root install -o root -g root -m 600 -- /dev/stdin "$guard" <"$new/guard" || exit
      ${this.settings.configuration.named(live)}; target=${live}/"$name"
      if [ -e "$target" ]; then $root ln -sfn -- "$target" "$site"; else $root rm -f -- "$site"; fi || exit
      ${FORGETTING}
      ${RELOADING}
      ${CLOSED} || { graceful; exit; }
      graceful && settled && forgets "$site_before" "$guard_before"`.withStdin(this.guardConfiguration(site))
  }

  disable(site: SitePlace): Command {
    return change`
      ${workspace}
      ${paths(site)}
      [ -e "$site" ] || [ -L "$site" ] || exit 0
      ${TRYING}
      tries '' || { cat -- "$new/said" >&2; exit 1; }
      $root rm -f -- "$site" && $root rm -f -- "$guard" || exit
      ${FORGETTING}
      forgets "$site_before" "$guard_before" || exit
      ${RELOADING}
      graceful`
  }

  closeSite(site: SiteHome): Command {
    return change`
      ${workspace}
      ${paths(site)}
      ${RELOADING}
      # a site that was not deployed by us yet is on until Apache knows the guard
      if [ ! -e "$guard" ] && [ ! -e "$guard_before" ]; then
        ${guardToInstall(headerOf(site))}
        $root install -o root -g root -m 600 -- /dev/stdin "$guard" <"$new/guard" && graceful || exit
      fi
      ${this.settings.configuration.closing(site.live)}
      [ -e "$own" ] && [ -e "$site" ] && ! ${CLOSED} || exit 0
      rm -f -- "$new/guard"
      ${TRYING}
      ${FORGETTING}
      ${OPENING}
      if tries "$own" && ( wanted=$own; ${FREE_PORTS} ) 2>"$new/said"; then
        # the guard goes last, since a site without it is on
        $root cp -PT -- "$site" "$site_before" && $root ln -sfn -- "$(readlink -f -- "$own")" "$site" &&
          { [ ! -e "$guard" ] || $root mv -f -- "$guard" "$guard_before"; } && graceful 2>"$new/said" && settled && exit
        ! ${CLOSED} || opens 2>>"$new/said"
      fi
      echo "\${own#${site.live}/} is not used: $(tail -n 2 -- "$new/said" | tr '\n' ' ')"`.withStdin(
      this.guardConfiguration(site),
    )
  }

  openSite(site: SiteHome): Command {
    return change`[ -e ${site.maintenance} ] || exit 0
      ${paths(site)}
      if ${CLOSED}; then
        ${rootSet}
        ${RELOADING}
        ${FORGETTING}
        ${OPENING}
        opens
      fi`
  }

  checkHealth(site: SitePlace): Script<string> | HealthTalk {
    const { configuration, health } = this.settings
    const wished = health.url ?? configuration.site?.url
    const logs = configuration.site ? apacheErrorLogs(site.project) : []
    const found = ask`
      ${configuration.named(site.live)}
      name=$(sed -n 's/^[[:space:]]*ServerName[[:space:]]*//p' ${site.live}/"$name" | head -n 1)
      echo "http://$(printf %s "\${name:-localhost}" | tr -d '[:space:]')/"`
    const configurationRead = ask`${configuration.named(site.live)}; echo ${site.live}/"$name"`
    return checked({
      release: posix.basename(site.release),
      ...(site.entry && {
        stale: daemonsTooOld(configurationRead, posix.join(site.live, site.entry)),
      }),
      url: wished === undefined ? found : ask`echo ${wished}`,
      options: health.options,
      headerFile: headerOf(site),
      logTail: ask`( ${AS_ROOT}
        ${APACHE}
        $root tail -q -n 8 -- "$log" ${logs} 2>/dev/null )`,
    })
  }

  /**
   * @internal Answers for the maintenance page below the project's home, and for what the project's servers are asked, only: no other site
   * is touched.
   */
  protected guardConfiguration({ project, root, maintenance }: SiteHome): string {
    const passers = this.settings.allowed.map(address => ` && ! %{REMOTE_ADDR} -ipmatch '${address}'`)
    const origins = [socketOrigin(project), ...(this.settings.configuration.site?.origins ?? [])]
    const off = `-f '${maintenance}' && %{HTTP:${HEADER}} != '${TOKEN}'${passers.join('')}`
    const own = pageShown(maintenance)
    const page = `  <If "${off}">
    Redirect 503 "/"
    ErrorDocument 503 "${MAINTENANCE_PAGE}"
    <IfModule mod_headers.c>
      Header always set Retry-After ${RETRY_AFTER}
      Header always set Cache-Control no-store
    </IfModule>
  </If>
  # what the file says is sent as it is
  <If "-f '${own}' && ${off}">
    ErrorDocument 503 "%{file:${own}}"
    SetEnvIf Request_URI . suppress-error-charset
  </If>`
    const proxied = origins.map(each => `<Proxy "${each}/*">\n${page}\n</Proxy>\n`).join('')
    return `# Made by dye-deploy: the maintenance page of what is below ${root}.
<IfModule !mod_headers.c>
  <IfModule mod_version.c>
    <IfVersion >= 2.4.34>
      <IfFile "${HEADERS_MODULE}">
        LoadModule headers_module "${HEADERS_MODULE}"
      </IfFile>
    </IfVersion>
  </IfModule>
</IfModule>
<Directory "${root}">
${page}
</Directory>
<IfModule proxy_module>
${proxied}</IfModule>
`
  }
}
