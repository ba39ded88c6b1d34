import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { APACHE } from './apache-layout.js'
import type { SiteHome } from './web-server.js'

/** Seconds until Apache must have processes with a new configuration. */
const RELOAD_LIMIT_S = 10

/** Seconds that are left to those with the old one, which take nothing new once they know. */
const SETTLING_S = 2

/** File with the header that is let past the maintenance page. */
export const headerOf = ({ state }: SiteHome) => posix.join(state, 'check-header')

/**
 * Sets where things of the site are, besides those of {@link APACHE}: `$site` is what is enabled, `$guard` has the
 * maintenance page; `$site_before` and `$guard_before` are what was there while a virtual host of the project's own is in
 * the site's place.
 */
export function paths({ project }: SiteHome): Command {
  return ask`${APACHE}
    site=$etc/$sites/${project}.conf guard=$etc/$confs/${`dye-${project}.conf`}
    site_before=$site.off guard_before=$guard.off`
}

/**
 * Defines `tries`, which tests all that Apache has in force with the file `$1` in the place of the site's configuration, or
 * with none if that is empty, and with `$new/guard`, if that is there. `$new/said` says what is wrong: of links and copies, what they
 * stand for.
 */
export const TRYING = ask`tries() {
      rm -rf -- "$new/$sites" "$new/$confs" && mkdir -p -- "$new/$sites" "$new/$confs" "$(dirname -- "$new/$main")" || return
      for each in "$etc/$sites"/*.conf "$etc/$confs"/*.conf; do
        there=$new/\${each#"$etc"/}
        [ "$each" = "$site" ] || [ "$each" = "$guard" ] || [ ! -e "$each" ] || [ -L "$there" ] ||
          ln -s -- "$(readlink -f -- "$each")" "$there" || return
      done
      there=$new/\${site#"$etc"/}
      [ -z "$1" ] || ln -s -- "$1" "$there" || return
      [ ! -e "$new/guard" ] || ln -s -- "$new/guard" "$new/\${guard#"$etc"/}" || return
      from_new() { printf %s "s|^\([[:space:]]*[Ii]nclude[[:alpha:]]*[[:space:]]*\"*\)\($etc/\)*$1/|\1$new/$1/|"; }
      sed -e "$(from_new "$sites")" -e "$(from_new "$confs")" "$etc/$main" >"$new/$main" || return
      ( umask 022; $root "$tester" -t -f "$new/$main" ) >"$new/report" 2>&1; code=$?
      sed -e "s|$there|$1|g" -e "s|$new/|$etc/|g" -e '/^Action .* failed/,$d' "$new/report" >"$new/said"; return "$code"
    }`

/**
 * Defines `started`, which starts Apache if it does not run, and `graceful`, which lets it read its configuration without a
 * connection that is refused, and waits until it has processes with that: it writes its number anew then, where that is
 * to be seen. A process that is new may be one of mod_wsgi's, which come and go. Then `settled` waits for the old ones to end, but
 * not for long: they finish what they have begun.
 */
export const RELOADING = ask`started() {
      pgrep -o -x "$program" >/dev/null || systemctl is-active --quiet "$program" 2>/dev/null || ( umask 022; $root "$ctl" start )
    }
    graceful() {
      master=$(pgrep -o -x "$program") || systemctl is-active --quiet "$program" 2>/dev/null || { started; return; }
      number() { stat -c '%i %y' -- "/run/$program/$program.pid" 2>/dev/null; }
      before=$(pgrep -P "$master") old=$(number); $root "$ctl" graceful || return
      end=$(($(date +%s) + ${RELOAD_LIMIT_S}))
      until [ -z "$master" ] || { [ -z "$old" ] || [ "$(number)" != "$old" ]; } && pgrep -P "$master" | grep -qvxF -e "$before"; do
        [ -d "/proc/$master" ] && [ "$(date +%s)" -lt "$end" ] ||
          { echo 'Apache goes on with its old configuration' >&2; $root tail -n 4 "$log" >&2; return 1; }
        sleep 0.1
      done
    }
    settled() {
      turns=0
      for pid in $before; do
        while [ -d "/proc/$pid" ] && [ "$turns" -lt ${SETTLING_S * 20} ]; do turns=$((turns + 1)); sleep 0.05; done
      done
    }`

/** True while a virtual host of the project's own is in the site's place. */
export const CLOSED = ask`{ [ -L "$site_before" ] || [ -e "$site_before" ]; }`

/** Defines `forgets`, which removes files of root's, as far as they are there. */
export const FORGETTING = ask`forgets() {
      for each; do { [ ! -e "$each" ] && [ ! -L "$each" ]; } || $root rm -f -- "$each" || return; done
    }`

/**
 * Defines `opens`, which brings back what a virtual host of the project's own has taken the place of: the guard first, so that
 * the site is never open. That there is something to bring back is forgotten only when Apache knows.
 */
export const OPENING = change`opens() {
      { [ ! -e "$guard_before" ] || $root mv -f -- "$guard_before" "$guard"; } &&
        $root ln -sfn -- "$(readlink -- "$site_before")" "$site" && graceful && settled && forgets "$site_before"
    }`
