import { posix } from 'node:path'
import { ask, type Command, change } from '../command/command.js'
import { quote } from '../command/quote.js'
import { type Script, script } from '../command/script.js'
import { Secret } from '../command/secret.js'
import { shellText } from '../command/shell.js'

/** A dump that the server makes every day by itself. */
export interface DailyDump {
  readonly project: string
  /** Directory for the dumps, absolute. */
  readonly dumps: string
  /** Directory for the program that makes them, absolute. */
  readonly state: string
  /** Makes the dump of a day; gets the file to write. */
  readonly dump: (file: string) => Command
  /** Days that a dump is kept. */
  readonly days: number
}

/**
 * Sets up a dump every night, which needs nothing of us on the server: a shell script of the deploying
 * user's, a line in `/etc/cron.d`. Failures go to syslog. Dumps that are too old go, those of deploys stay.
 */
export function scheduleDumps(wanted: DailyDump): Script<boolean> {
  return script(
    [
      change`
    root="sudo -n"; [ "$(id -u)" != 0 ] || root=; copy=install
    ${install(wanted)}`.withStdin(programOf(wanted)),
    ],
    ([{ stdout }]) => stdout !== '',
  )
}

/** Tells whether {@link scheduleDumps} would change something. */
export function lookAtDumps(wanted: DailyDump): Script<boolean> {
  return script(
    [ask`root=:; copy=:; ${install(wanted)}`.withStdin(programOf(wanted))],
    ([{ stdout }]) => stdout !== '',
  )
}

/** Where the program of a project is. */
const placeOf = ({ state }: DailyDump) => posix.join(state, 'daily-dump.sh')

function programOf({ project, dumps, dump, days }: DailyDump): Secret {
  const today = posix.join(dumps, 'today.gz')
  return Secret.of(`#!/bin/sh
# Made by dye-deploy: dumps the database of ${project} every night.
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
failed() { logger -p user.err -t ${quote(`dump-${project}`)} -- "the daily dump failed: $(printf %s "$1" | tail -n 3 | tr '\\n' ' ')"; exit 1; }
said=$({
(
${shellText(dump(today))}
) >/dev/null
} 2>&1) || failed "$said"
mv -f -- ${quote(today)} ${quote(dumps)}/daily-"$(date +%Y-%m-%d)".gz || failed 'it could not be put in place'
find ${quote(dumps)} -maxdepth 1 -name 'daily-*.gz' -mtime +${days} -delete
`)
}

/** Compares the program from the input with what is there; `$copy` and `$root` put it in place. */
function install(wanted: DailyDump): Command {
  const program = placeOf(wanted)
  return ask`
    new=$(mktemp) && trap 'rm -f -- "$new"' EXIT || exit 1
    cat >"$new"; cmp -s -- "$new" ${program} || { $copy -m 700 -- "$new" ${program} && echo changed; } || exit 1
    echo "17 3 * * * $(id -un) sh "${program} >"$new"; there=/etc/cron.d/${wanted.project}-daily-dump
    cmp -s -- "$new" "$there" || { $root install -o root -g root -m 644 -- "$new" "$there" && echo changed; }`
}
