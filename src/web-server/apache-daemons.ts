import { ask, type Command } from '../command/command.js'
import { APACHE } from './apache-layout.js'

/**
 * Prints that processes of mod_wsgi are older than the last touch of their script, if they are, and go on nevertheless:
 * where `WSGIScriptReloading` is off. Where it is on, each looks at the script before it answers.
 *
 * A process of mod_wsgi is one of Apache's that listens on a socket named after it.
 *
 * @param configuration - prints the path of the site's configuration
 * @param entry - the script
 */
export function daemonsTooOld(configuration: Command, entry: string): Command {
  const statement = 's/^[[:space:]]*WSGIScriptReloading[[:space:]]*"\\{0,1\\}//Ip'
  return ask`${APACHE}
    # where sites and all else stand together, nobody knows what is said for all of them
    global=; [ "$sites" = "$confs" ] || global=$etc/$confs
    last=$(sed -n ${statement} "$etc/$main" "$etc"/mods-enabled/*.conf "\${global:-/nowhere}"/*.conf "$(${configuration})" 2>/dev/null | tail -n 1)
    case $last in [Oo][Ff][Ff]*) ;; *) exit 0;; esac
    root="sudo -n"; [ "$(id -u)" != 0 ] || root=
    parent=$(pgrep -o -x "$program") && touched=$(stat -L -c %Y -- ${entry}) || exit 0
    sockets=$(sed -n "s/.* \([0-9]*\) [^ ]*[.]$parent[.][0-9]*[.][0-9]*[.]sock$/socket:[\1]/p" /proc/net/unix)
    for pid in $([ -z "$sockets" ] || pgrep -P "$parent"); do
      $root ls -l "/proc/$pid/fd" 2>/dev/null | grep -qF -e "$sockets" || continue
      [ "$(ps -o etimes= -p "$pid")" -gt "$(($(date +%s) - touched + 1))" ] || continue
      echo "while the old release still answers: process $pid of mod_wsgi is older than it, and WSGIScriptReloading is off"; break
    done`
}
