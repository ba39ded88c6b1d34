import { posix } from 'node:path'
import { AS_ROOT } from '../../command/as-root.js'
import { ask } from '../../command/command.js'
import { KEEPER_DOWN, type Keeper, type KeptPlace, NO_KEEPER } from './keeper.js'
import { LOGS, supervisorText } from './supervisor-program.js'

/** Debian's configuration, and that of Red Hat and of those who installed it by pip. */
const CONFIGURATIONS = ['/etc/supervisor/supervisord.conf', '/etc/supervisord.conf']

/** Prints the first pattern of files that a configuration includes. */
const INCLUDED = `/^\\[/ { on = $0 ~ /^\\[include\\]/ } on && sub(/^[ \\t]*files[ \\t]*=[ \\t]*/, "") { print $1; exit }`

/** Prints the file with the id of supervisord's process: to ask supervisord itself takes ten times as long. */
const PID_FILE = `sub(/^[ \\t]*pidfile[ \\t]*=[ \\t]*/, "") { print $1; exit }`

/** Days that the output of an instance which is gone is kept. */
const LOG_DAYS = 30

/** Nobody makes directories below `/run` anew when the server boots. */
const directoryOf = ({ state }: KeptPlace) => posix.join(state, 'run')

/**
 * Programs of supervisor, which needs no systemd. One is started with the server if its file says so; what supervisor has
 * in mind says `autostart=true` all the time, since another value would make the next `supervisorctl update` restart it.
 * Only what is ours is ever updated.
 */
export const supervisor: Keeper = {
  program: { names: ['supervisorctl'], package: 'supervisor' },
  rootCommand: undefined, // which one depends on where its configuration is
  socketsOf: directoryOf,
  stateOf: directoryOf,
  text: supervisorText,
  shell: place => ask`
    ${AS_ROOT}
    no() { printf '%s\n' "$@" >&2; exit ${NO_KEEPER}; }
    configuration=
    for each in ${CONFIGURATIONS}; do [ ! -f "$each" ] || { configuration=$each; break; }; done
    [ -n "$configuration" ] || no 'the server has no supervisor' 'install it.'
    files=$(awk ${INCLUDED} "$configuration"); suffix=\${files##*[*]}
    case $files in
      '%(here)s/'*/[*]*) files=\${configuration%/*}/\${files#*/}; files=\${files%/*};;
      /*/[*]*) files=\${files%/*};;
      */[*]*) files=\${configuration%/*}/\${files%/*};;
      *) no "$configuration includes no directory with files of programs" 'give it an [include] with "files = conf.d/*.conf".';;
    esac
    ctl() { $root supervisorctl -c "$configuration" "$@"; }
    pid=$(cat -- "$(awk ${PID_FILE} "$configuration")" 2>/dev/null)
    [ -n "$pid" ] && [ -d "/proc/$pid" ] || told=$(ctl pid 2>&1) || {
      printf '%s\n' "supervisord does not run: $told" 'start it: service supervisor start' >&2
      exit ${KEEPER_DOWN}
    }
    state() {
      case $(ctl status "$1" 2>/dev/null | awk '{ print $2 }') in
        RUNNING) echo up;; STARTING) echo starting;; BACKOFF) echo broken;; STOPPING) echo ending;; *) echo down;;
      esac
    }
    main() { ctl pid "$1"; }
    said() { $root tail -n 200 -- ${LOGS}/"$1.log" 2>/dev/null; }
    put() {
      [ -d ${directoryOf(place)} ] || $root install -d -o "$user" -m 755 -- ${directoryOf(place)} || return
      $root mkdir -p -- ${LOGS} && $root install -o root -g root -m 644 -- "$new" "$files/$instance$suffix"
    }
    autostart() { $root sed -i "s/^autostart=.*/autostart=$2/" "$files/$1$suffix"; }
    enable() { autostart "$1" true; }
    disable() { autostart "$1" false; }
    enabled() { grep -q '^autostart=true' "$files/$1$suffix"; }
    begin() {
      case $(state "$1") in
        up|starting) return;;
        ending) while [ "$(state "$1")" = ending ]; do sleep 0.2; done; sleep 1;; # whoever ended it takes it away
      esac
      enable "$1" && updated=$(ctl update "$1") || return
      # what is new, or has changed, has been started; else it was there, but did not run
      case $updated in *' process group'*) ;; *) ctl start "$1" || return;; esac
      disable "$1"
    }
    finish() { ctl stop "$1" >&2; [ "$(state "$1")" = down ]; }
    forget() { $root rm -f -- "$files/$1$suffix" && ctl update "$1" >/dev/null 2>&1; :; }
    dismiss() {
      $root rm -f -- "$files/$1$suffix" &&
        $root sh -c 'setsid "$@" </dev/null >/dev/null 2>&1 9>&- &' sh supervisorctl -c "$configuration" update "$1"
      $root find ${LOGS} -name "\${1%%@*}@*.log*" -mtime +${LOG_DAYS} -delete; :
    }`,
}
