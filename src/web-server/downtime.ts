import { change } from '../command/command.js'
import { type Script, script } from '../command/script.js'

/** How long a site was off, by the server's clock. */
export interface Downtime {
  readonly from: Date
  readonly to: Date
  readonly milliseconds: number
}

const moment = ([{ stdout }]: readonly [{ readonly stdout: string }]) => new Date(Number(stdout))

/**
 * Takes a site off: the web server answers with its maintenance page while the file exists. It asks for
 * the file at each request, so that nothing needs to be reloaded.
 */
export function siteOff(maintenance: string): Script<Date> {
  return script([change`: >${maintenance} && date +%s%3N`], moment)
}

/** Puts a site on again. */
export function siteOn(maintenance: string): Script<Date> {
  return script([change`rm -f -- ${maintenance} && date +%s%3N`], moment)
}

/** The time between two moments of a server's clock. */
export function downtime(from: Date, to: Date): Downtime {
  return { from, to, milliseconds: to.getTime() - from.getTime() }
}
