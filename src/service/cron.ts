import { AS_ROOT } from '../command/as-root.js'
import { ask, type Command, change } from '../command/command.js'
import type { CommandResult } from '../command/result.js'
import { type Script, script } from '../command/script.js'
import { type CronPlace, cleanCron, findFiles, knowOwn, putCron } from './cron-files.js'
import { cleanTimers, makeTimers } from './cron-timers.js'
import { putTimers, wantingSystemd } from './timers.js'

/** What was done about a project's cron files. */
export interface CronResult {
  /** What was put in place or taken away: names below `/etc`, such as `cron.d/carers-visits`, or timers. */
  readonly changed: readonly string[]
  /** What is not in force as it is written, and why. */
  readonly warnings: readonly string[]
}

/** Goes through what differs; each `$root …` is what puts it right. */
function compare(place: CronPlace): Command {
  if (place.by === 'cron') {
    return ask`
    ${findFiles(place)}
    ${knowOwn(place)}
    units=/nowhere
    ${cleanTimers(place)}
    ${cleanCron(place)}
    ${putCron()}`
  }
  return ask`
    ${findFiles(place)}
    ${knowOwn(place)}
    ${makeTimers(place)}
    ${putTimers()}
    ${cleanTimers(place)}
    files=
    ${cleanCron(place)}`
}

const read = ([{ lines, stderr }]: readonly [CommandResult]): CronResult => ({
  changed: [...new Set(lines)],
  warnings: stderr.split('\n').flatMap(line => /^warning (.*)/.exec(line)?.[1] ?? []),
})

/**
 * Puts a project's cron files in force, each named after the project: in `cron.d` as a copy of root's, since
 * cron refuses others, else as a link. Characters that cron would ignore a file for become `-`. Or as timers of systemd,
 * `<project>-cron-<name>.timer`, one for each job.
 *
 * Files of this project that the release no longer has are taken away, and so are the others when cron is changed for
 * timers or timers for cron. What is somebody else's is never touched, whatever its name.
 */
export function linkCron(place: CronPlace): Script<CronResult> {
  const apply = change`
    ${AS_ROOT}
    ${compare(place)}`
  return wantingSystemd(script([apply], read), 'have jobs run by timers')
}

/** Tells what {@link linkCron} would do. */
export function lookAtCron(place: CronPlace): Script<CronResult> {
  return wantingSystemd(script([ask`root=:; ${compare(place)}`], read), 'have jobs run by timers')
}
