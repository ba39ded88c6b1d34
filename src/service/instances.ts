import { ask, type Command } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { ServiceError } from '../errors/service-error.js'
import { AT, HOME, KEEPER_DOWN, type Keeper, NO_KEEPER, USER } from './keeper/keeper.js'
import type { ProcessPlace } from './process.js'

/** One kind of process: an instance of it for each release, and for each way in which it is run. */
export interface Instances {
  /** `gunicorn`: its instances are `<project>-gunicorn@<release>-<digest>`. */
  readonly name: string
  /** Who keeps them. */
  readonly keeper: Keeper
  /** Text of the file of an instance. */
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
  /** Takes away what those have left that have ended. */
  readonly tidy?: (place: ProcessPlace) => Command
}

/** Seconds that new processes have until they answer. */
const START_LIMIT_S = 30

/** Seconds for which they have to stay as they are then: what dies by itself does so soon. */
const STEADY_S = 1.2

/** Exit code of our own: the processes do not come up, or do not stay. */
const NOT_STEADY = 71

/** Defines what the keeper knows; `others` prints the instances besides `$instance`, `pick` sets it, and `$at`. */
export function prelude({ name, keeper }: Instances, place: ProcessPlace): Command {
  return ask`
    ${keeper.shell(place)}
    instance=; at=
    pick() { instance=$1; at=\${1#*@}; }
    others() {
      for each in "$files"/${`${place.project}-${name}`}@*"$suffix"; do
        [ -e "$each" ] || continue
        each=\${each##*/}; each=\${each%"$suffix"}
        [ "$each" = "$instance" ] || printf '%s\n' "$each"
      done
    }`
}

/**
 * Picks the instance of a release, as the input wants it; its file is in `$new`. The name has a digest of that and of
 * the virtualenv, links resolved: what runs is never something else under the same name.
 */
export function pickWanted({ name }: Instances, { project, release, python, user }: ProcessPlace): Command {
  const environment = python === undefined ? ask`:` : ask`readlink -f -- "$(dirname -- ${python})"`
  return ask`
    user=$(${user ?? ask`id -un`}) && new=$(mktemp) && trap 'rm -f -- "$new"' EXIT || exit 1
    sed "s|"${USER}"|$user|g; s|"${HOME}"|$(getent passwd "$user" | cut -d: -f6)|g" >"$new"
    pick ${`${project}-${name}@${release}`}-"$({ cat -- "$new"; ${environment}; } | sha256sum | cut -c 1-8)"
    sed -i "s|"${AT}"|$at|g" "$new"`
}

/** Picks the instance of a release that it had, the wanted one first, then one that runs; none if it had none. */
export function pickEarlier(instances: Instances, place: ProcessPlace): Command {
  const prefix = `${place.project}-${instances.name}@${place.release}-`
  return ask`
    ${pickWanted(instances, place)}
    if [ ! -e "$files/$instance$suffix" ]; then
      pick ''
      for each in $(others); do
        case $each in ${prefix}*) [ -n "$instance" ] && [ "$(state "$each")" != up ] || pick "$each";; esac
      done
    fi`
}

/** Starts `$instance` out of `$new`, unless it runs; one that does not come up is taken away again. */
export function start(
  { ready, isSingle, steadySeconds = STEADY_S }: Instances,
  place: ProcessPlace,
): Command {
  return ask`
    began=; told=; first=; steady() { [ "$(state "$instance")" = up ]; }
    crew() { [ -d "/proc/$1" ] && echo "$1" $(pgrep -P "$1" 2>/dev/null); }
    failed() {
      {
        said=$(said "$instance"); echo "$1"; [ -z "$told" ] || printf '%s\n' "$told"
        # what was raised stands far above what its server has to say about it
        printf '%s\n' "$said" | grep -E '^[[:alnum:]_.]+(Error|Exception)(:|$)' | awk '!seen[$0]++' | head -n 3
        printf '%s\n' "$said" | grep -v '^ ' | tail -n 6
      } >&2
      [ -z "$began" ] || { finish "$instance"; forget "$instance"; } >/dev/null 2>&1
      exit ${NOT_STEADY}
    }
    if ! steady; then
      began=1
      put || exit
      ${isSingle ? stopOthers() : ask`:`}
      told=$(begin "$instance" 2>&1) || failed 'it does not start'
      told=; end=$(($(date +%s) + ${START_LIMIT_S}))
      until ${ready?.(place) ?? ask`steady`}; do
        # one that is started again at once is never seen dead
        main=$(main "$instance")
        [ "\${main:-0}" -gt 0 ] 2>/dev/null && [ "\${first:=$main}" = "$main" ] || failed 'it ends as soon as it has been started'
        [ "$(date +%s)" -lt "$end" ] || failed ${`it has not answered for ${START_LIMIT_S} seconds`}
        sleep 0.1
      done
      main=$(main "$instance"); before=$(crew "$main"); sleep ${steadySeconds}
      [ -n "$before" ] && [ "$(crew "$main")" = "$before" ] || failed 'its processes do not stay alive'
    fi`
}

/** Makes `$instance` the one that does the work, now and after the next boot. */
export function choose({ link }: Instances, place: ProcessPlace): Command {
  return ask`
    enable "$instance" && { ${link?.(place) ?? ask`:`}; } || exit
    for each in $(others); do disable "$each" || exit; done`
}

/** Ends `others`: at once, or without waiting for what they have begun. */
export function stopOthers(): Command {
  return ask`for each in $(others); do disable "$each"; finish "$each" || exit; done`
}

/** Ends all that are not chosen, and takes those away that have ended. */
export function retire({ tidy }: Instances, place: ProcessPlace): Command {
  return ask`
    for each in $(others); do
      enabled "$each" || dismiss "$each"
    done
    ${tidy?.(place) ?? ask`:`}`
}

/** A script out of a command of these, whose failures say what is wrong with the processes. */
export function tellingWhy(command: Command, name: string): Script<void> {
  return script(
    [command],
    () => undefined,
    failure => {
      const { exitCode, host, stderr } = failure
      const what = `run ${name}`
      const lines = stderr.trim().split('\n')
      if (exitCode === NO_KEEPER || exitCode === KEEPER_DOWN) {
        const [why = 'it cannot be kept running', remedy = 'run it in another way.'] = lines.slice(-2)
        return new ServiceError('SERVICE_ABSENT', { what, host, why, remedy })
      }
      if (exitCode !== NOT_STEADY) return failure
      const [why = 'it failed', ...output] = lines
      return new ServiceError('SERVICE_FAILED', { what, host, why, output: output.join('\n') })
    },
  )
}
