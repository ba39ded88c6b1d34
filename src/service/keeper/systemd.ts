import { AS_ROOT } from '../../command/as-root.js'
import { ask } from '../../command/command.js'
import { type Keeper, NO_KEEPER } from './keeper.js'
import { UNIT_SHELL, unitText } from './unit.js'

/** Units of the server's own systemd. */
export const systemd: Keeper = {
  program: { names: ['systemctl'], package: 'systemd' },
  rootCommand: ['systemctl', 'daemon-reload'],
  socketsOf: ({ project }) => `/run/${project}`,
  stateOf: ({ project }) => `/var/lib/${project}`,
  text: program => unitText(program),
  shell: () => ask`
    ${AS_ROOT}
    files=/etc/systemd/system
    [ -d /run/systemd/system ] || {
      echo 'the server has no systemd' >&2
      echo "let supervisor keep it: { manager: 'supervisor' }; or run it in another way, and restart it in a hook after \"switch-release\"." >&2
      exit ${NO_KEEPER}
    }
    look() { systemctl "$@"; }
    act() { $root systemctl "$@"; }
    put() {
      cmp -s -- "$new" "$files/$instance.service" ||
        { $root install -o root -g root -m 644 -- "$new" "$files/$instance.service" && act daemon-reload; }
    }
    said() { $root journalctl --no-pager -o cat -n 200 -u "$1.service" 2>/dev/null; }
    ${UNIT_SHELL}`,
}
