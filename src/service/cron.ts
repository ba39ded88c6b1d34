import { ask, type Command, change } from '../command/command.js'
import type { CommandResult } from '../command/result.js'
import { type Script, script } from '../command/script.js'

/** What was done about a project's cron files. */
export interface CronResult {
  /** Names below `/etc` that were put in place or taken away, such as `cron.d/carers-visits`. */
  readonly changed: readonly string[]
  /** Files whose names cron would have ignored, with the name that they got. */
  readonly renamed: readonly string[]
}

/** Where a project's cron files are, and whose they are. */
export interface CronPlace {
  readonly project: string
  /** Directory with `cron.d`, `cron.daily`, … through the live link, so that it outlives each release. */
  readonly directory: string
}

const FOLDERS = ['cron.d', 'cron.hourly', 'cron.daily', 'cron.weekly', 'cron.monthly']

/** Lists what should be in force: folder, name and file in a line each; those that get another name on the error stream. */
function wantedIn({ project, directory }: CronPlace): Command {
  return ask`
    for folder in ${FOLDERS}; do for file in ${directory}/$folder/*; do
      [ -f "$file" ] || continue
      name=$(basename -- "$file"); safe=$(printf %s "$name" | tr -c 'A-Za-z0-9_-' -)
      case $safe in ${project}-*) ;; *) safe=${project}-$safe;; esac
      printf '%s %s %s\n' "$folder" "$safe" "$file"
      [ "$name" = "$(printf %s "$name" | tr -dc 'A-Za-z0-9_-')" ] || echo "renamed $folder/$name $folder/$safe" >&2
    done; done`
}

/** Goes through what differs; each `$root …` is what puts it right. */
function compare(place: CronPlace): Command {
  const { project, directory } = place
  return ask`
    wanted=$(${wantedIn(place)})
    for folder in ${FOLDERS}; do for there in /etc/$folder/${project}-*; do
      [ -e "$there" ] || [ -L "$there" ] || continue
      printf '%s\n' "$wanted" | grep -qF "$folder $(basename -- "$there") " && continue
      case $(readlink -- "$there" || sed -n '1s/^# kept by dye-deploy: //p' "$there") in
        ${directory}/*) $root rm -f -- "$there" && echo "$folder/$(basename -- "$there")";;
      esac
    done; done
    printf '%s\n' "$wanted" | while read -r folder name file; do
      [ -n "$name" ] || continue
      there=/etc/$folder/$name
      if [ "$folder" = cron.d ]; then
        new=$(mktemp) && { echo "# kept by dye-deploy: $file"; cat -- "$file"; } >"$new" || exit 1
        cmp -s -- "$new" "$there" || { $root install -o root -g root -m 644 -- "$new" "$there" && echo "$folder/$name"; } || exit 1
        rm -f -- "$new"
      else
        [ "$(readlink -- "$there")" = "$file" ] || { $root ln -sfn -- "$file" "$there" && echo "$folder/$name"; } || exit 1
      fi
    done`
}

const read = ([{ lines, stderr }]: readonly [CommandResult]): CronResult => ({
  changed: lines,
  renamed: stderr.split('\n').flatMap(line => /^renamed (.*)/.exec(line)?.[1] ?? []),
})

/**
 * Puts a project's cron files in force, each named after the project: in `cron.d` as a copy of root's, since
 * cron refuses others, else as a link. Characters that cron would ignore a file for become `-`. Files of
 * this project that the release no longer has are taken away.
 */
export function linkCron(place: CronPlace): Script<CronResult> {
  const apply = change`
    root="sudo -n"; [ "$(id -u)" != 0 ] || root=
    ${compare(place)}`
  return script([apply], read)
}

/** Tells what {@link linkCron} would do. */
export function lookAtCron(place: CronPlace): Script<CronResult> {
  return script([ask`root=:; ${compare(place)}`], read)
}
