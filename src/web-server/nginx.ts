import { posix } from 'node:path'
import { AS_ROOT } from '../command/as-root.js'
import { ask, type Command, change, raw, type Word } from '../command/command.js'
import type { Script } from '../command/script.js'
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
import { FIRST_URL, GUARDED } from './nginx-programs.js'
import { ETC, MASTER, OPENING, paths, RELOADING, SITES, START, trying } from './nginx-shell.js'
import { nginxErrorLog } from './nginx-site.js'
import type { Site } from './site.js'
import type { ConfigurationTest, SiteHome, SitePlace, WebServer } from './web-server.js'
import { WebServerService } from './web-server-service.js'

/** Tells who sees the site while it is off; variables of nginx are shared by all sites. */
const allowedVariable = (project: string) => `dye_allowed_${project.replaceAll('-', '_')}`

/**
 * nginx, as Debian lays it out (`sites-enabled`) or all others do (`conf.d`). The site's `server` blocks stand in the
 * repository; what is enabled is a copy in which each has the maintenance page. Each method returns a changed copy.
 */
export class Nginx extends ConfiguredServer implements WebServer {
  private constructor(settings: ServerSettings) {
    super(settings, 'nginx')
  }

  /** @internal */
  static of(from: string | Site): Nginx {
    const configuration = Configuration.of(from, (site, place) => site.nginx(place))
    return new Nginx({ configuration, ...unsaid })
  }

  /** @internal */
  protected readonly daemon = { names: ['nginx'], package: 'nginx' } as const

  /** nginx itself, with all its sites: `await nginx.service.restart(host)`. */
  get service(): WebServerService {
    return WebServerService.of('nginx', ['nginx'], ask`$root nginx -t -q`)
  }

  /** @internal */
  protected with(changes: Partial<ServerSettings>): this {
    return new Nginx({ ...this.settings, ...changes }) as this
  }

  testConfiguration(site: SitePlace): Script<ConfigurationTest> {
    const { site: name, guard, header } = paths(site)
    const { configuration } = this.settings
    const test = ask`
      ${configuration.named(site.release)}; wanted=${site.release}/"$name"
      [ -e "$wanted" ] || { echo ${`the release has no ${configuration.path}`} >&2; exit 1; }
      ${workspace}
      ${SITES}
      ${guardToTest(header)}
      ${trying(site)}
      ${configuration.closing(site.release)}
      [ ! -e "$own" ] || { cp -- "$own" "$new/site" && tries "$own"; } || { cat -- "$new/said" >&2; exit 1; }
      ${this.#siteInto(raw('"$wanted"'), site)} || exit 1
      tries "$wanted" || { cat -- "$new/said" >&2; exit 1; }
      if $root cmp -s -- "$new/guard" ${guard} && cmp -s -- "$new/site" ${ETC}/"$sites"/${name}
      then echo same; else echo changed; fi`
    return this.tested(site, this.#inForce(site), test)
  }

  rootCommands(site: SiteHome): Command {
    const { site: name, guard } = paths(site)
    return ask`
      ${SITES}
      may nginx -t -q -c /tmp/tmp.0/etc/nginx.conf
      may cmp -s -- /tmp/tmp.0/guard ${guard}
      may install -d -m 755 ${posix.dirname(guard)}
      may install -o root -g root -m 600 -- /tmp/tmp.0/guard ${guard}
      may install -o root -g root -m 644 -- /tmp/tmp.0/site ${ETC}/"$sites"/${name}
      may nginx -s reload`
  }

  reload(site: SitePlace, configurationChanged: boolean): Command {
    if (!configurationChanged) {
      return change`${rootSet}
        ${MASTER}; [ -n "$master" ] || ${START} || exit
        ${this.openSite(site)}`
    }
    const { site: name, guard, before, header } = paths(site)
    return change`
      ${workspace}
      ${SITES}
      ${guardToInstall(header)}
      $root install -d -m 755 ${posix.dirname(guard)} && $root install -o root -g root -m 600 -- "$new/guard" ${guard} || exit
      ${this.settings.configuration.named(site.live)}; target=${site.live}/"$name"
      if [ -e "$target" ]; then
        ${this.#siteInto(raw('"$target"'), site)} && $root install -o root -g root -m 644 -- "$new/site" ${ETC}/"$sites"/${name}
      else $root rm -f -- ${ETC}/"$sites"/${name}; fi || exit
      ${RELOADING}
      reloads && { [ ! -e ${before} ] || $root rm -f -- ${before}; }`.withStdin(this.guardConfiguration(site))
  }

  disable(site: SitePlace): Command {
    const { site: name, before } = paths(site)
    return change`
      ${workspace}
      ${SITES}
      [ -e ${ETC}/"$sites"/${name} ] || exit 0
      ${trying(site)}
      tries '' || { cat -- "$new/said" >&2; exit 1; }
      $root rm -f -- ${ETC}/"$sites"/${name} || exit
      [ ! -e ${before} ] || $root rm -f -- ${before} || exit
      ${MASTER}; [ -n "$master" ] || exit 0
      ${RELOADING}
      reloads`
  }

  closeSite(site: SiteHome): Command {
    const { site: name, before } = paths(site)
    return change`
      ${SITES}
      ${this.settings.configuration.closing(site.live)}
      [ -e "$own" ] && [ -e ${ETC}/"$sites"/${name} ] && [ ! -e ${before} ] || exit 0
      ${workspace}
      ${trying(site)}
      ${RELOADING}
      ${OPENING}
      if cp -- "$own" "$new/site" && tries "$own"; then
        beside=${`${before}.new`} place=${ETC}/"$sites"/${name}
        $root install -d -m 755 ${posix.dirname(before)} && $root cp -p -- "$place" "$beside" && $root mv -fT -- "$beside" ${before} &&
          $root install -o root -g root -m 644 -- "$new/site" "$place" && reloads 2>"$new/said" && exit
        ! [ -e ${before} ] || opens ${before} "$place" 2>>"$new/said"
      fi
      echo "\${own#${site.live}/} is not used: $(tail -n 2 -- "$new/said" | tr '\n' ' ')"`
  }

  openSite(site: SiteHome): Command {
    const { site: name, before } = paths(site)
    return change`if [ -e ${before} ]; then
      ${SITES}
      ${rootSet}
      ${RELOADING}
      ${OPENING}
      opens ${before} ${ETC}/"$sites"/${name}
    fi`
  }

  checkHealth(site: SitePlace): Script<string> | HealthTalk {
    const { configuration, health } = this.settings
    const url = health.url ?? configuration.site?.url
    const logs = ['/var/log/nginx/error.log', ...(configuration.site ? [nginxErrorLog(site.project)] : [])]
    return checked({
      release: posix.basename(site.release),
      url:
        url === undefined
          ? ask`${configuration.named(site.live)}; awk ${FIRST_URL} ${site.live}/"$name"`
          : ask`echo ${url}`,
      options: health.options,
      headerFile: paths(site).header,
      logTail: ask`{ ${AS_ROOT}; $root tail -q -n 8 -- ${logs} 2>/dev/null; }`,
    })
  }

  /** Writes the site's configuration, with the guard in each of its servers, into `$new/site`. */
  #siteInto(configuration: Word, site: SitePlace): Command {
    const { allowed } = this.settings
    const networks = allowed.map(address => ` ${address} 1;`).join('')
    const geo = allowed.length > 0 ? `geo $${allowedVariable(site.project)} { default "";${networks} }` : ''
    return ask`{ echo ${geo}; awk -v guard=${paths(site).guard} ${GUARDED} ${configuration}; } >"$new/site"`
  }

  /** Prints the configuration in force, without what was put into it. */
  #inForce(site: SitePlace): Command {
    const { site: name, guard } = paths(site)
    const include = `    include ${guard};`
    return ask`${SITES}; file=${ETC}/"$sites"/${name}
      if grep -qxF -e ${include} -- "$file"; then tail -n +2 -- "$file" | grep -vxF -e ${include}; else cat -- "$file"; fi`
  }

  /** Stands in each server of the site. It is read once; whether the site is off is asked for at each request. */
  protected guardConfiguration({ project, maintenance }: SiteHome): string {
    const { allowed } = this.settings
    // asked for from within only: a name that nobody can guess, since there it is not looked whether the site is off
    const page = `/.dye-maintenance-${TOKEN}`
    const headers = `add_header Retry-After ${RETRY_AFTER} always;
    add_header Cache-Control no-store always;`
    return `# Made by dye-deploy: the maintenance page of ${project}.
set $dye_off "";
if (-f "${maintenance}") { set $dye_off 1; }
if ($uri = "${page}") { set $dye_off ""; }
if ($http_${HEADER.toLowerCase().replaceAll('-', '_')} = "${TOKEN}") { set $dye_off ""; }
${allowed.length > 0 ? `if ($${allowedVariable(project)}) { set $dye_off ""; }\n` : ''}set $dye_page $dye_off;
if (!-f "${pageShown(maintenance)}") { set $dye_page ""; }
if ($dye_page) { rewrite ^ /.dye-own-maintenance last; }
if ($dye_off) { rewrite ^ /.dye-maintenance last; }
location = /.dye-maintenance {
    internal;
    client_max_body_size 0;
    default_type text/html;
    ${headers}
    return 503 "${MAINTENANCE_PAGE}";
}
location = /.dye-own-maintenance {
    internal;
    client_max_body_size 0;
    error_page 503 ${page};
    return 503;
}
location = ${page} {
    internal;
    client_max_body_size 0;
    satisfy any;
    allow all;
    types { }
    default_type text/html;
    ${headers}
    alias "${pageShown(maintenance)}";
}
`
  }
}
