import { ask, type Command } from '../command/command.js'
import type { CronPlace } from './cron-files.js'
import { UNITS } from './cron-units.js'
import { takeTimer, UNITS_DIRECTORY } from './timers.js'

const prefixOf = ({ project }: CronPlace) => `${project}-cron-`

/** Makes units of `$files`, in the directory `$units`: `<project>-cron-<name>`, with a number where a file has several jobs. */
export function makeTimers(place: CronPlace): Command {
  return ask`
    units=$(mktemp -d) && trap 'rm -rf -- "$units"' EXIT || exit 1
    printf '%s\n' "$files" | while read -r folder name file; do
      [ -n "$name" ] || continue
      unit=$units/${prefixOf(place)}\${name#${`${place.project}-`}}
      while [ -e "$unit.timer" ] || [ -e "$unit-1.timer" ]; do unit=$unit-2; done
      PROJECT=${place.project} FOLDER=$folder LABEL=$folder/\${file##*/} KEEPER="# kept by dye-deploy: $file" UNIT=$unit \
        awk ${UNITS} "$file" || exit 1
    done || exit
    for new in "$units"/*; do
      there=${UNITS_DIRECTORY}/\${new##*/}
      [ ! -e "$new" ] || mayBe "$there" "\${new##*/}" || rm -f -- "\${new%.*}.timer" "\${new%.*}.service"
    done`
}

/** Takes away timers of the project that are not in the directory `$units`. */
export function cleanTimers(place: CronPlace): Command {
  return ask`
    for there in ${UNITS_DIRECTORY}/${prefixOf(place)}*.timer; do
      timer=\${there##*/}
      [ ! -e "$there" ] || [ -e "$units/$timer" ] || ! isOurs "$there" || { ${takeTimer()}
      } || exit 1
    done`
}
