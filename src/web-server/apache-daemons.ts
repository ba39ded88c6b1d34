import { AS_ROOT } from '../command/as-root.js'
import { ask, type Command } from '../command/command.js'
import { APACHE } from './apache-layout.js'

/** Seconds by which the clocks may differ. */
const TOLERANCE_S = 0.3

/** Succeeds for a process that is older than the touch of a file; the clocks know parts of a second. */
const OLDER = `
NR == 1 { uptime = $1; next }
{ sub(/^.*[)] /, ""); exit (uptime - $20 / hertz > now - touched + ${TOLERANCE_S}) ? 0 : 1 }
`

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
    ${AS_ROOT}
    parent=$(pgrep -o -x "$program") && touched=$(stat -L -c %.Y -- ${entry}) || exit 0
    sockets=$(sed -n "s/.* \([0-9]*\) [^ ]*[.]$parent[.][0-9]*[.][0-9]*[.]sock$/socket:[\1]/p" /proc/net/unix)
    for pid in $([ -z "$sockets" ] || pgrep -P "$parent"); do
      $root ls -l "/proc/$pid/fd" 2>/dev/null | grep -qF -e "$sockets" || continue
      awk -v now="$(date +%s.%N)" -v touched="$touched" -v hertz="$(getconf CLK_TCK)" ${OLDER} /proc/uptime "/proc/$pid/stat" || continue
      echo "while the old release still answers: process $pid of mod_wsgi is older than it, and WSGIScriptReloading is off"; break
    done`
}
