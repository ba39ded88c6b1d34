import { ask, type Command } from '../command/command.js'
import type { Script } from '../command/script.js'
import { ServiceError } from '../errors/service-error.js'

/** Where the units are. */
export const UNITS_DIRECTORY = '/etc/systemd/system'

/** Exit code of our own: there is no systemd. */
const NO_SYSTEMD = 72

/**
 * Puts timers, with their services, in force that are in the directory `$units`; prints what was not. `$root` is what root's
 * commands begin with. One that waits for a boot is not started: it would take the last one for it.
 */
export function putTimers(): Command {
  return ask`
    [ -d /run/systemd/system ] || exit ${NO_SYSTEMD}
    stale=
    for new in "$units"/*; do
      [ -e "$new" ] || continue
      unit=\${new##*/}; there=${UNITS_DIRECTORY}/$unit
      cmp -s -- "$new" "$there" && continue
      $root install -o root -g root -m 644 -- "$new" "$there" && echo "$unit" || exit 1
      stale="$stale $unit "
    done
    [ -z "$stale" ] || $root systemctl daemon-reload || exit 1
    for new in "$units"/*.timer; do
      [ -e "$new" ] || continue
      unit=\${new##*/}
      [ -L ${UNITS_DIRECTORY}/timers.target.wants/"$unit" ] ||
        { $root systemctl enable --quiet "$unit" && echo "$unit" || exit 1; }
      ! grep -q '^OnBootSec=' -- "$new" || continue
      case $stale in *" $unit "*) ;; *) ! systemctl is-active --quiet "$unit" || continue;; esac
      $root systemctl restart "$unit" && echo "$unit" || echo "warning $unit does not start" >&2
    done`
}

/** Takes the timer `$timer` away, with its service; a job that runs goes on. */
export function takeTimer(): Command {
  return ask`
    service=\${timer%.timer}.service
    $root systemctl disable --quiet --now "$timer"
    $root rm -f -- ${UNITS_DIRECTORY}/"$timer" ${UNITS_DIRECTORY}/"$service" /var/lib/systemd/timers/stamp-"$timer"
    $root systemctl daemon-reload && echo "$timer"`
}

/** A script that puts timers in force, with an error that says so if there is nothing to run them. */
export function wantingSystemd<T>(original: Script<T>, what: string): Script<T> {
  return {
    ...original,
    explain: failure => {
      if (failure.exitCode !== NO_SYSTEMD) return failure
      const remedy = "leave them to cron: `cron: 'cron'`."
      return new ServiceError('SERVICE_ABSENT', {
        what,
        host: failure.host,
        why: 'the server has no systemd',
        remedy,
      })
    },
  }
}
