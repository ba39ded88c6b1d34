import { posix } from 'node:path'
import { ask } from '../../command/command.js'
import { KEEPER_DOWN, type Keeper, type KeptPlace, NO_KEEPER } from './keeper.js'
import { UNIT_SHELL, unitText } from './unit.js'

/** Seconds that the systemd of a user has to come up, the first time. */
const START_LIMIT_S = 10

/** Web servers do not get into `/run/user`, nor into most homes; but where the project is they do. */
const directoryOf = ({ state }: KeptPlace) => posix.join(state, 'run')

/** Units of the systemd of the user who deploys. It needs root once, so that it runs without anybody logged in. */
export const systemdUser: Keeper = {
  program: { names: ['systemctl'], package: 'systemd' },
  rootCommand: undefined,
  socketsOf: directoryOf,
  stateOf: directoryOf,
  text: program => unitText(program, 'user'),
  shell: ({ user, ...place }) => ask`
    root=; me=$(id -un); as=$(${user ?? ask`echo "$me"`})
    no() { printf '%s\n' "$@" >&2; exit ${NO_KEEPER}; }
    [ -d /run/systemd/system ] || no 'the server has no systemd' "let supervisor keep it: { manager: 'supervisor' }."
    [ "$as" = "$me" ] || no "units of the user $me cannot run as $as" "leave runsAs() out, or { manager: 'user' }."
    [ -e "/var/lib/systemd/linger/$me" ] || loginctl enable-linger "$me" 2>/dev/null || sudo -n loginctl enable-linger "$me" 2>/dev/null ||
      no "what $me runs would end when $me logs out" "let root do this once: loginctl enable-linger $me"
    files=$HOME/.config/systemd/user
    export XDG_RUNTIME_DIR="/run/user/$(id -u)"
    end=$(($(date +%s) + ${START_LIMIT_S}))
    until [ -S "$XDG_RUNTIME_DIR/systemd/private" ]; do
      [ "$(date +%s)" -lt "$end" ] || {
        printf '%s\n' "the systemd of $me does not run" "see what has become of it: systemctl status user@$(id -u)" >&2
        exit ${KEEPER_DOWN}
      }
      sleep 0.1
    done
    look() { systemctl --user "$@"; }
    act() { systemctl --user "$@"; }
    put() {
      mkdir -p -- "$files" ${directoryOf(place)} || return
      cmp -s -- "$new" "$files/$instance.service" || { install -m 644 -- "$new" "$files/$instance.service" && act daemon-reload; }
    }
    said() {
      said=$(journalctl -q --no-pager -o cat -n 200 --user-unit "$1.service" 2>/dev/null)
      [ -n "$said" ] || said=$(sudo -n journalctl -q --no-pager -o cat -n 200 _UID="$(id -u)" _SYSTEMD_USER_UNIT="$1.service" 2>/dev/null)
      printf '%s\n' "\${said:-its output is in the journal, which $me may not read}"
    }
    ${UNIT_SHELL}`,
}
