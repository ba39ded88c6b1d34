import { posix } from 'node:path'
import { type Command, change } from '../command/command.js'
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
export function scheduleDumps({ project, dumps, state, dump, days }: DailyDump): Script<boolean> {
  const program = posix.join(state, 'daily-dump.sh')
  const today = posix.join(dumps, 'today.gz')
  const text = `#!/bin/sh
# Made by dye-deploy: dumps the database of ${project} every night.
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
(
${shellText(dump(today))}
) >/dev/null && mv -f -- ${quote(today)} ${quote(dumps)}/daily-"$(date +%Y-%m-%d)".gz || { logger -p user.err -t ${quote(`dump-${project}`)} "the daily dump failed"; exit 1; }
find ${quote(dumps)} -maxdepth 1 -name 'daily-*.gz' -mtime +${days} -delete
`
  const install = change`
    root="sudo -n"; [ "$(id -u)" != 0 ] || root=
    new=$(mktemp) && trap 'rm -f -- "$new"' EXIT || exit 1
    cat >"$new"; cmp -s -- "$new" ${program} || { install -m 700 -- "$new" ${program} && echo changed; } || exit 1
    echo "17 3 * * * $(id -un) sh "${program} >"$new"; there=/etc/cron.d/${project}-daily-dump
    cmp -s -- "$new" "$there" || { $root install -o root -g root -m 644 -- "$new" "$there" && echo changed; }`
  return script([install.withStdin(Secret.of(text))], ([{ stdout }]) => stdout !== '')
}
