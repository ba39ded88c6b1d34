import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import type { SiteHome } from './web-server.js'

/** Where nginx's configuration is. */
export const ETC = '/etc/nginx'

/** Seconds until nginx must have workers with a new configuration. */
const RELOAD_LIMIT_S = 10

/** Sets `$sites`, the directory of `/etc/nginx` whose files are sites: Debian's, or that of all others. */
export const SITES = ask`sites=conf.d; [ ! -d ${ETC}/sites-enabled ] || sites=sites-enabled`

/** Sets `$master`, the process of nginx that has workers; to nothing if it does not run. */
export const MASTER = ask`
  pid=$(sed -n 's/^[[:space:]]*pid[[:space:]]*\([^;]*\);.*/\1/p' ${ETC}/nginx.conf)
  master=$($root cat -- "\${pid:-/run/nginx.pid}" 2>/dev/null); [ -d "/proc/$master" ] || master=`

/** Starts it. */
export const START = ask`( umask 022; $root service nginx start )`

/** Where everything of a site is. */
export function paths({ project, state }: SiteHome) {
  return {
    site: `${project}.conf`,
    guard: `${ETC}/dye/${project}.conf`,
    // while servers of the project's own are in the site's place: what was there
    before: `${ETC}/dye/${project}.before`,
    header: posix.join(state, 'check-header'),
  }
}

/**
 * Defines `tries`, which tests `$new/site`, made of the file `$1`, in the place of the site's configuration, and `$new/guard`
 * in that of the guard, with all else; or all else alone, if `$1` is empty.
 */
export function trying(site: SiteHome): Command {
  const { site: name, guard } = paths(site)
  return ask`tries() {
      rm -rf -- "$new/etc" && mkdir -- "$new/etc" "$new/etc/$sites" || return
      for each in ${ETC}/*; do
        case $each in */nginx.conf|*/"$sites") ;; *) ln -s -- "$each" "$new/etc/" || return;; esac
      done
      for each in ${ETC}/"$sites"/*; do
        [ "$each" = ${ETC}/"$sites"/${name} ] || [ ! -e "$each" ] || ln -s -- "$(readlink -f -- "$each")" "$new/etc/$sites/\${each##*/}" || return
      done
      [ -z "$1" ] || sed "s|${guard}|$new/guard|" "$new/site" >"$new/etc/$sites/"${name}
      sed "s|${ETC}/$sites/|$new/etc/$sites/|" ${ETC}/nginx.conf >"$new/etc/nginx.conf"
      # the test makes files for logs and the process, which others are to read
      ( umask 022; $root nginx -t -q -c "$new/etc/nginx.conf" ) >"$new/report" 2>&1; code=$?
      sed -e "s|$new/etc/$sites/"${name}"|$1|g" -e "s|$new/etc/|${ETC}/|g" "$new/report" >"$new/said"; return "$code"
    }`
}

/**
 * Defines `reloads`, which lets nginx read its configuration, and waits until it works by it: there are new workers, and
 * the old ones take nothing more.
 */
export const RELOADING = ask`reloads() {
      ${MASTER}; [ -n "$master" ] || { ${START}; return; }
      before=$(pgrep -P "$master"); $root nginx -s reload || return
      end=$(($(date +%s) + ${RELOAD_LIMIT_S}))
      # what cannot be put in force, such as a port that is taken, is told in the log only, and the old goes on
      until workers=$(pgrep -P "$master" -fx 'nginx: worker process') && ! echo "$workers" | grep -qxF -e "$before"; do
        [ "$(date +%s)" -lt "$end" ] || { echo 'nginx goes on with its old configuration' >&2; $root tail -n 4 /var/log/nginx/error.log >&2; return 1; }
        sleep 0.1
      done
    }`

/**
 * Defines `opens`, which brings the file `$1` back to the place `$2`, where servers of the project's own are. That there is
 * something to bring back is forgotten only when nginx works by it.
 */
export const OPENING = change`opens() { $root install -o root -g root -m 644 -- "$1" "$2" && reloads && $root rm -f -- "$1"; }`
