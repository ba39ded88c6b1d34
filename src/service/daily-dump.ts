import { posix } from 'node:path'
import { AS_ROOT } from '../command/as-root.js'
import { ask, type Command, change } from '../command/command.js'
import { quote } from '../command/quote.js'
import { type Script, script } from '../command/script.js'
import { Secret } from '../command/secret.js'
import { shellText } from '../command/shell.js'
import { plain, unitWord } from './keeper/unit.js'
import { putTimers, takeTimer, UNITS_DIRECTORY, wantingSystemd } from './timers.js'

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
  /** What makes them: the server's cron, or a timer of systemd, which makes up for one that was missed. */
  readonly by: 'cron' | 'timers'
}

/**
 * Sets up a dump every night, which needs nothing of us on the server: a shell script of the deploying
 * user's, and a line in `/etc/cron.d`, or a timer. Failures go to syslog. Dumps that are too old go, those of deploys stay.
 */
export function scheduleDumps(wanted: DailyDump): Script<boolean> {
  const command = change`
    ${AS_ROOT}; copy=install
    ${install(wanted)}`
  return answering(command, wanted)
}

/** Tells whether {@link scheduleDumps} would change something. */
export function lookAtDumps(wanted: DailyDump): Script<boolean> {
  return answering(ask`root=:; copy=:; ${install(wanted)}`, wanted)
}

function answering(command: Command, wanted: DailyDump): Script<boolean> {
  const sent = script([command.withStdin(programOf(wanted))], ([{ stdout }]) => stdout !== '')
  return wantingSystemd(sent, 'have nightly dumps made by a timer')
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
    text=$(mktemp) && units=$(mktemp -d) && trap 'rm -rf -- "$text" "$units"' EXIT || exit 1
    cat >"$text"; cmp -s -- "$text" ${program} || { $copy -m 700 -- "$text" ${program} && echo changed; } || exit 1
    line=/etc/cron.d/${wanted.project}-daily-dump; timer=${wanted.project}-daily-dump.timer
    ${wanted.by === 'cron' ? byCron(program) : byTimer(wanted)}`
}

function byCron(program: string): Command {
  return ask`
    echo "17 3 * * * $(id -un) sh "${program} >"$text"
    cmp -s -- "$text" "$line" || { $root install -o root -g root -m 644 -- "$text" "$line" && echo changed; } || exit
    [ ! -e ${UNITS_DIRECTORY}/"$timer" ] || { ${takeTimer()}
    }`
}

function byTimer(wanted: DailyDump): Command {
  const head = ['# Made by dye-deploy.', '[Unit]', `Description=${wanted.project}: nightly dump`, '']
  const timer = ['[Timer]', 'OnCalendar=*-*-* 03:17:00', 'Persistent=true', '', '[Install]']
  const program = unitWord(plain(placeOf(wanted)))
  const service = ['[Service]', 'Type=oneshot', `ExecStart=/bin/sh ${program}`]
  return ask`
    printf '%s\n' ${[...head, ...timer]} WantedBy=timers.target >"$units/$timer"
    printf '%s\n' ${[...head, ...service]} User="$(id -un)" >"$units/\${timer%.timer}.service"
    ${putTimers()}
    [ ! -e "$line" ] || { $root rm -f -- "$line" && echo changed; }`
}
