import { posix } from 'node:path'
import { ask, type Command, change, raw, type Word } from '../command/command.js'
import { mapped, type Script, script, together } from '../command/script.js'
import { ConfigurationError } from '../errors/configuration-error.js'
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
import { FIRST_URL, GUARDED } from './nginx-programs.js'
import { nginxErrorLog } from './nginx-site.js'
import type { Site } from './site.js'
import type { ConfigurationTest, SitePlace, WebServer } from './web-server.js'
import { WebServerService } from './web-server-service.js'

interface NginxSettings {
  readonly configuration: Configuration
  readonly health: HealthWish
  readonly allowed: readonly string[]
}

const ETC = '/etc/nginx'

/** Seconds until nginx must have workers with a new configuration. */
const RELOAD_LIMIT_S = 10

/** Sets `$sites`, the directory of `/etc/nginx` whose files are sites: Debian's, or that of all others. */
const SITES = ask`sites=conf.d; [ ! -d ${ETC}/sites-enabled ] || sites=sites-enabled`

/** Sets `$master`, the process of nginx that has workers; to nothing if it does not run. */
const MASTER = ask`
  pid=$(sed -n 's/^[[:space:]]*pid[[:space:]]*\([^;]*\);.*/\1/p' ${ETC}/nginx.conf)
  master=$($root cat -- "\${pid:-/run/nginx.pid}" 2>/dev/null); [ -d "/proc/$master" ] || master=`

/** Lets nginx read its configuration, and waits until `$master` has workers with it. */
const RELOADED = ask`
  before=$(pgrep -P "$master"); $root nginx -s reload || exit
  end=$(($(date +%s) + ${RELOAD_LIMIT_S}))
  # what cannot be put in force, such as a port that is taken, is told in the log only, and the old goes on
  until pgrep -P "$master" | grep -qvxF -e "$before"; do
    [ "$(date +%s)" -lt "$end" ] || { echo 'nginx goes on with its old configuration' >&2; $root tail -n 4 /var/log/nginx/error.log >&2; exit 1; }
    sleep 0.1
  done`

/** What nginx has in force, but for one site, in `$new/etc`. */
const othersThan = (name: string) => ask`
  mkdir "$new/etc" "$new/etc/$sites" && for each in ${ETC}/*; do
    case $each in */nginx.conf|*/"$sites") ;; *) ln -s -- "$each" "$new/etc/" || exit 1;; esac
  done
  for each in ${ETC}/"$sites"/*; do
    [ "$each" = ${ETC}/"$sites"/${name} ] || [ ! -e "$each" ] || ln -s -- "$(readlink -f -- "$each")" "$new/etc/$sites/\${each##*/}" || exit 1
  done
  sed "s|${ETC}/$sites/|$new/etc/$sites/|" ${ETC}/nginx.conf >"$new/etc/nginx.conf"`

function paths({ project, state }: SitePlace) {
  return {
    site: `${project}.conf`,
    guard: `${ETC}/dye/${project}.conf`,
    header: posix.join(state, 'check-header'),
  }
}

/** Tells who sees the site while it is off; variables of nginx are shared by all sites. */
const allowedVariable = (project: string) => `dye_allowed_${project.replaceAll('-', '_')}`

/**
 * nginx, as Debian lays it out (`sites-enabled`) or all others do (`conf.d`). The site's `server` blocks stand in the
 * repository; what is enabled is a copy in which each has the maintenance page. Each method returns a changed copy.
 */
export class Nginx implements WebServer {
  readonly #settings: NginxSettings

  private constructor(settings: NginxSettings) {
    this.#settings = Object.freeze(settings)
  }

  /** @internal */
  static of(from: string | Site): Nginx {
    const configuration = Configuration.of(from, (site, place) => site.nginx(place))
    return new Nginx({ configuration, health: { options: {} }, allowed: [] })
  }

  /**
   * What is asked for to see whether the site is well; the request goes to the server itself.
   *
   * @param url - @defaultValue `/` of the first `server_name` in the configuration, by https if that is where it is
   * @throws {@link OptionError} for what is not a URL
   */
  check(url: string, options: HealthOptions = {}): Nginx {
    return new Nginx({ ...this.#settings, health: healthWish(url, options) })
  }

  /**
   * Who sees the site while it is off, and no maintenance page.
   *
   * @param addresses - IP addresses, or networks such as `192.0.2.0/24`
   * @throws {@link OptionError} for what is not an address
   */
  allow(...addresses: readonly string[]): Nginx {
    return new Nginx({ ...this.#settings, allowed: checkedAddresses(addresses) })
  }

  /**
   * Makes the file a template, in which `{{ name }}` is replaced. Values are plain text. There are `project`, `environment`,
   * `root` (the project's home), `live` (the link to the live release), `virtualenv`, `socket` (that of the first AppServer),
   * `user` and `group` of the application, too.
   *
   * @throws {@link OptionError} for a value with a line break, and for a configuration that is no file
   * @example
   * ```ts
   * const webServer = WebServer.nginx('nginx/site.conf.in').variables({ name: 'carers.example.org' })
   * ```
   */
  variables(values: Readonly<Record<string, string | number>>): Nginx {
    const configuration = this.#settings.configuration.withVariables(values)
    return new Nginx({ ...this.#settings, configuration })
  }

  /** nginx itself, with all its sites: `await nginx.service.restart(host)`. */
  get service(): WebServerService {
    return WebServerService.of('nginx', ['nginx'], ask`$root nginx -t -q`)
  }

  get title(): string {
    return `nginx with ${this.#settings.configuration.title}`
  }

  get ownPaths(): readonly string[] {
    return [MADE]
  }

  testConfiguration(site: SitePlace): Script<ConfigurationTest> {
    const { site: name, guard, header } = paths(site)
    const { configuration } = this.#settings
    const test = ask`
      ${configuration.named(site.release)}; wanted=${site.release}/"$name"
      [ -e "$wanted" ] || { echo ${`the release has no ${configuration.path}`} >&2; exit 1; }
      ${workspace}
      ${SITES}
      ${guardToTest(header)}
      ${othersThan(name)}
      ${this.#siteInto(raw('"$wanted"'), site)} || exit 1
      sed "s|${guard}|$new/guard|" "$new/site" >"$new/etc/$sites/"${name}
      # the test makes files for logs and the process, which others are to read
      ( umask 022; $root nginx -t -q -c "$new/etc/nginx.conf" ) >"$new/said" 2>&1 ||
        { sed -e "s|$new/etc/$sites/"${name}'|'"$wanted"'|g' -e "s|$new/etc/|${ETC}/|g" "$new/said" >&2; exit 1; }
      if $root cmp -s -- "$new/guard" ${guard} && cmp -s -- "$new/site" ${ETC}/"$sites"/${name}
      then echo same; else echo changed; fi`
    const tested = script(
      [test.withStdin(this.#guardConfiguration(site))],
      ([{ stdout }]) => ({ changed: stdout === 'changed' }),
      failure =>
        new ConfigurationError({
          what: `use ${configuration.title}`,
          host: failure.host,
          why: 'nginx refuses it',
          output: failure.stderr,
          remedy: 'the site has not been touched. Correct the file and deploy again.',
        }),
    )
    return mapped(together(configuration.prepared(site, this.#inForce(site)), tested), ([, found]) => found)
  }

  reload(site: SitePlace, configurationChanged: boolean): Command {
    const start = ask`( umask 022; $root service nginx start )`
    if (!configurationChanged) {
      return change`root="sudo -n"; [ "$(id -u)" != 0 ] || root=
        ${MASTER}; [ -n "$master" ] || ${start}`
    }
    const { site: name, guard, header } = paths(site)
    return change`
      ${workspace}
      ${SITES}
      ${guardToInstall(header)}
      $root install -d -m 755 ${posix.dirname(guard)} && $root install -o root -g root -m 600 -- "$new/guard" ${guard} || exit
      ${this.#settings.configuration.named(site.live)}; target=${site.live}/"$name"
      if [ -e "$target" ]; then
        ${this.#siteInto(raw('"$target"'), site)} && $root install -o root -g root -m 644 -- "$new/site" ${ETC}/"$sites"/${name}
      else $root rm -f -- ${ETC}/"$sites"/${name}; fi || exit
      ${MASTER}; [ -n "$master" ] || { ${start}; exit; }
      ${RELOADED}`.withStdin(this.#guardConfiguration(site))
  }

  disable(site: SitePlace): Command {
    const { site: name } = paths(site)
    return change`
      ${workspace}
      ${SITES}
      [ -e ${ETC}/"$sites"/${name} ] || exit 0
      ${othersThan(name)}
      ( umask 022; $root nginx -t -q -c "$new/etc/nginx.conf" ) >"$new/said" 2>&1 ||
        { sed "s|$new/etc/|${ETC}/|g" "$new/said" >&2; exit 1; }
      $root rm -f -- ${ETC}/"$sites"/${name} || exit
      ${MASTER}; [ -n "$master" ] || exit 0
      ${RELOADED}`
  }

  checkHealth(site: SitePlace): Script<string> {
    const { configuration, health } = this.#settings
    const url = health.url ?? configuration.site?.url
    const logs = ['/var/log/nginx/error.log', ...(configuration.site ? [nginxErrorLog(site.project)] : [])]
    return healthCheck({
      url:
        url === undefined
          ? ask`${configuration.named(site.live)}; awk ${FIRST_URL} ${site.live}/"$name"`
          : ask`echo ${url}`,
      options: health.options,
      headerFile: paths(site).header,
      logTail: ask`{ root="sudo -n"; [ "$(id -u)" != 0 ] || root=; $root tail -q -n 8 -- ${logs} 2>/dev/null; }`,
    })
  }

  /** Writes the site's configuration, with the guard in each of its servers, into `$new/site`. */
  #siteInto(configuration: Word, site: SitePlace): Command {
    const { allowed } = this.#settings
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
  #guardConfiguration({ project, maintenance }: SitePlace): string {
    const { allowed } = this.#settings
    return `# Made by dye-deploy: the maintenance page of ${project}.
set $dye_off "";
if (-f "${maintenance}") { set $dye_off 1; }
if ($http_${HEADER.toLowerCase().replaceAll('-', '_')} = "${TOKEN}") { set $dye_off ""; }
${allowed.length > 0 ? `if ($${allowedVariable(project)}) { set $dye_off ""; }\n` : ''}if ($dye_off) { rewrite ^ /.dye-maintenance last; }
location = /.dye-maintenance {
    internal;
    default_type text/html;
    add_header Retry-After ${RETRY_AFTER} always;
    add_header Cache-Control no-store always;
    return 503 "${MAINTENANCE_PAGE}";
}
`
  }
}
