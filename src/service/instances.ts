import { ask, type Command } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { ServiceError } from '../errors/service-error.js'
import type { ProcessPlace } from './process.js'

/** One kind of process, as units of systemd: one for each release, and for each way in which it is run. */
export interface Instances {
  /** `gunicorn`: its units are `<project>-gunicorn@<release>-<digest>.service`. */
  readonly name: string
  /** Text of the unit, {@link unitText}. */
  readonly text: (place: ProcessPlace) => string
  /** Succeeds once the processes of `$at`, which is what follows the `@`, do their work. Default: when they run. */
  readonly ready?: (place: ProcessPlace) => Command
  /** Points whoever asks them to `$at`. */
  readonly link?: (place: ProcessPlace) => Command
  /** True: there may never be two of them. Those of other releases end before the new ones are started. */
  readonly isSingle?: boolean
  /** Seconds for which new processes have to stay as they are. @defaultValue 1.2 */
  readonly steadySeconds?: number
  /** Takes that away. */
  readonly unlink?: (place: ProcessPlace) => Command
}

/** Seconds that new processes have until they answer. */
const START_LIMIT_S = 30

/** Seconds for which they have to stay as they are then: what dies by itself does so soon. */
const STEADY_S = 1.2

const DIRECTORY = '/etc/systemd/system'

/** Exit codes of our own: the processes do not come up, or do not stay; there is no systemd. */
const NOT_STEADY = 71
const NO_SYSTEMD = 72

/** `others` prints the instances besides `$instance`; `pick` sets it, and `$at`. */
export function prelude({ name }: Instances, { project }: ProcessPlace): Command {
  const unit = `${project}-${name}`
  return ask`
    root="sudo -n"; [ "$(id -u)" != 0 ] || root=
    [ -d /run/systemd/system ] || exit ${NO_SYSTEMD}
    instance=; at=
    pick() { instance=$1; at=\${1#*@}; at=\${at%.service}; }
    others() {
      for each in ${`${DIRECTORY}/${unit}`}@*.service; do
        [ ! -e "$each" ] || [ "\${each##*/}" = "$instance" ] || printf '%s\n' "\${each##*/}"
      done
    }`
}

/**
 * Picks the instance of a release, as the input wants it; the unit is in `$new`. The name has a digest of that and of
 * the virtualenv, links resolved: what runs is never something else under the same name.
 */
export function pickWanted({ name }: Instances, { project, release, python, user }: ProcessPlace): Command {
  const environment = python === undefined ? ask`:` : ask`readlink -f -- "$(dirname -- ${python})"`
  return ask`
    user=$(${user ?? ask`id -un`}) && new=$(mktemp) && trap 'rm -f -- "$new"' EXIT || exit 1
    sed "s|%USER%|$user|" >"$new"
    pick ${`${project}-${name}@${release}`}-"$({ cat -- "$new"; ${environment}; } | sha256sum | cut -c 1-8)".service`
}

/** Picks the instance of a release that it had, the wanted one first, then one that runs; none if it had none. */
export function pickEarlier(instances: Instances, place: ProcessPlace): Command {
  const prefix = `${place.project}-${instances.name}@${place.release}-`
  return ask`
    ${pickWanted(instances, place)}
    if [ ! -e ${DIRECTORY}/"$instance" ]; then
      pick ''
      for each in $(others); do
        case $each in ${prefix}*) [ -n "$instance" ] && ! systemctl is-active --quiet "$each" || pick "$each";; esac
      done
    fi`
}

/** Starts `$instance` out of `$new`, unless it runs; one that does not come up is taken away again. */
export function start(
  { ready, isSingle, steadySeconds = STEADY_S }: Instances,
  place: ProcessPlace,
): Command {
  return ask`
    began=; steady() { [ "$(systemctl is-active "$instance")" = active ]; }
    crew() { main=$(systemctl show -p MainPID --value "$instance"); echo "$main" $(pgrep -P "$main" 2>/dev/null); }
    failed() {
      {
        said=$($root journalctl --no-pager -o cat -n 200 -u "$instance" 2>/dev/null); echo "$1"
        # what was raised stands far above what its server has to say about it
        printf '%s\n' "$said" | grep -E '^[[:alnum:]_.]+(Error|Exception)(:|$)' | awk '!seen[$0]++' | head -n 3
        printf '%s\n' "$said" | grep -v '^ ' | tail -n 6
      } >&2
      [ -z "$began" ] || { $root systemctl stop "$instance"; $root rm -f -- ${DIRECTORY}/"$instance"; } >/dev/null 2>&1
      exit ${NOT_STEADY}
    }
    if ! steady; then
      began=1
      cmp -s -- "$new" ${DIRECTORY}/"$instance" ||
        { $root install -o root -g root -m 644 -- "$new" ${DIRECTORY}/"$instance" && $root systemctl daemon-reload; } || exit
      ${isSingle ? stopOthers() : ask`:`}
      $root systemctl start "$instance" >&2 || failed 'it does not start'
      end=$(($(date +%s) + ${START_LIMIT_S}))
      until ${ready?.(place) ?? ask`steady`}; do
        steady || failed 'it ends as soon as it has been started'
        [ "$(date +%s)" -lt "$end" ] || failed ${`it has not answered for ${START_LIMIT_S} seconds`}
        sleep 0.1
      done
      before=$(crew); sleep ${steadySeconds}
      steady && [ "$(crew)" = "$before" ] || failed 'its processes do not stay alive'
    fi`
}

/** Makes `$instance` the one that does the work, now and after the next boot. */
export function choose({ link }: Instances, place: ProcessPlace): Command {
  return ask`
    $root systemctl enable --quiet "$instance" && { ${link?.(place) ?? ask`:`}; } || exit
    for each in $(others); do $root systemctl disable --quiet "$each" || exit; done`
}

/** Ends `others`: at once, or without waiting for what they have begun. */
export function stopOthers(): Command {
  return ask`for each in $(others); do $root systemctl disable --quiet "$each"; $root systemctl stop "$each" || exit; done`
}

/** Ends all that are not chosen, and takes those away that have ended. */
export function retire(): Command {
  return ask`
    for each in $(others); do
      ! systemctl is-enabled --quiet "$each" || continue
      case $(systemctl is-active "$each") in
        active|activating) $root systemctl --no-block stop "$each";;
        deactivating) ;;
        *) $root rm -f -- ${DIRECTORY}/"$each";;
      esac
    done`
}

/** A script out of a command of these, whose failures say what is wrong with the processes. */
export function tellingWhy(command: Command, name: string): Script<void> {
  return script(
    [command],
    () => undefined,
    failure => {
      const { exitCode, host, stderr } = failure
      const what = `run ${name}`
      if (exitCode === NO_SYSTEMD) {
        const remedy = 'run it in another way, and restart it in a hook after "switch-release".'
        return new ServiceError('SERVICE_ABSENT', { what, host, why: 'the server has no systemd', remedy })
      }
      if (exitCode !== NOT_STEADY) return failure
      const [why = 'it failed', ...output] = stderr.split('\n')
      return new ServiceError('SERVICE_FAILED', { what, host, why, output: output.join('\n') })
    },
  )
}
