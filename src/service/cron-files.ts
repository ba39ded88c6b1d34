import { ask, type Command } from '../command/command.js'

/** Where a project's cron files are, and whose they are. */
export interface CronPlace {
  readonly project: string
  /** The project's home, absolute. */
  readonly root: string
  /** Directory with `cron.d`, `cron.daily`, … through the live link, so that it outlives each release. */
  readonly directory: string
  /** What runs them: the server's cron, or timers of systemd. */
  readonly by: 'cron' | 'timers'
}

const FOLDERS = ['cron.d', 'cron.hourly', 'cron.daily', 'cron.weekly', 'cron.monthly']

/** Sets `$files`: folder, name and file in a line each. No two have the same name, and cron takes all of them. */
export function findFiles({ project, directory, by }: CronPlace): Command {
  return ask`
    files=$(taken=' '; for folder in ${FOLDERS}; do for file in ${directory}/$folder/*; do
      [ -f "$file" ] || continue
      name=\${file##*/}; safe=$(printf %s "$name" | tr -c 'A-Za-z0-9_-' -); renamed=
      [ "$folder" = cron.d ] || [ -x "$file" ] ||
        { echo "warning $folder/$name may not be executed, so it is left out" >&2; continue; }
      [ "$name" = "$safe" ] || renamed=1
      case $safe in ${project}-*) ;; *) safe=${project}-$safe;; esac
      while case $taken in *" $folder/$safe "*) ;; *) false;; esac; do safe=$safe-2; done
      taken="$taken$folder/$safe "
      printf '%s %s %s\n' "$folder" "$safe" "$file"
      [ -z "$renamed" ] || [ ${by} = timers ] ||
        echo "warning cron would ignore $folder/$name, so it is $folder/$safe" >&2
    done; done)`
}

/** Functions that tell whether what is there is the project's: a link into its home, or made from one of its files. */
export function knowOwn({ project, root, directory }: CronPlace): Command {
  return ask`
    isOurs() {
      case $(readlink -- "$1" || sed -n '1s/^# kept by dye-deploy: //p' "$1" 2>/dev/null) in
        ${directory}/*) ;;
        ${root}/*) [ -L "$1" ] && [ ! -e "$1" ];; # of a release that is gone
        *) false;;
      esac
    }
    mayBe() {
      { [ ! -e "$1" ] && [ ! -L "$1" ]; } || isOurs "$1" || {
        echo "warning $2 is left out: there is $1, which is "${`not of ${project}, and stays as it is`} >&2
        false
      }
    }`
}

/** Takes away what cron has of the project besides `$files`, under whatever name. */
export function cleanCron({ project }: CronPlace): Command {
  return ask`
    for folder in ${FOLDERS}; do for there in /etc/$folder/*; do
      [ -L "$there" ] || { case \${there##*/} in ${project}-*) [ -e "$there" ];; *) false;; esac; } || continue
      ! printf '%s\n' "$files" | grep -qF "$folder \${there##*/} " || continue
      ! isOurs "$there" || { $root rm -f -- "$there" && echo "$folder/\${there##*/}"; } || exit 1
    done; done`
}

/** Lets cron have `$files`: in `cron.d` as copies of root's, since it refuses others, which end in a line's end; else as links. */
export function putCron(): Command {
  return ask`
    printf '%s\n' "$files" | while read -r folder name file; do
      [ -n "$name" ] || continue
      there=/etc/$folder/$name
      mayBe "$there" "$folder/\${file##*/}" || continue
      if [ "$folder" = cron.d ]; then
        new=$(mktemp) && { echo "# kept by dye-deploy: $file"; awk 1 "$file"; } >"$new" || exit 1
        { cmp -s -- "$new" "$there" && [ ! -L "$there" ]; } ||
          { $root install -o root -g root -m 644 -- "$new" "$there" && echo "$folder/$name"; } || exit 1
        rm -f -- "$new"
      else
        [ "$(readlink -- "$there")" = "$file" ] || { $root ln -sfn -- "$file" "$there" && echo "$folder/$name"; } || exit 1
      fi
    done || exit`
}
