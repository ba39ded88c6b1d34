import { type Command, change } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import { recordDowntime } from '../release/journal.js'
import { pageShown } from './guard.js'
import type { SiteHome, WebServer } from './web-server.js'

/**
 * How long a site was off, by the server's clock: from the moment from which the maintenance page is served on, to that from
 * which it is not any more. What was being answered at the first is finished; a page of the site that is slow comes later
 * than the second.
 */
export interface Downtime {
  readonly from: Date
  readonly to: Date
  readonly milliseconds: number
}

/** Where it is written down how long a release had its site off. */
export interface DowntimeRecord {
  readonly journal: string
  readonly release: string
}

/**
 * Takes a site off: the web server answers with its maintenance page while a file exists, that says since when. It asks
 * for the file at each request, so that nothing needs to be reloaded. The page is that of the live release, if it has one;
 * then what else that release has for the web server takes the site's place.
 *
 * Read: why the latter is not used, if it is not.
 */
export function siteOff(site: SiteHome, webServer: WebServer | undefined): Script<string | undefined> {
  const { maintenance } = site
  const commands = [
    change`${pageLaidOut(site, webServer)} && date +%s%3N >${maintenance}`,
    ...(webServer?.closeSite ? [webServer.closeSite(site)] : []),
  ]
  return script(commands, results => results[1]?.stdout || undefined)
}

/** Puts a site on again, and tells how long it was off; undefined if it was not. */
export function siteOn(
  site: SiteHome,
  webServer: WebServer | undefined,
  record?: DowntimeRecord,
): Script<Downtime | undefined> {
  const { maintenance } = site
  const recorded = record ? recordDowntime(record.journal, record.release) : change`:`
  const commands = [
    ...(webServer?.openSite ? [webServer.openSite(site)] : []),
    change`
      since=$(cat -- ${maintenance} 2>/dev/null) && rm -- ${maintenance} && until=$(date +%s%3N) ||
        { rm -f -- ${maintenance}; exit; }
      case $since in ''|*[!0-9]*) exit 0;; esac
      echo "$since $until"
      { ${recorded}; } || :`,
  ]
  return script(commands, results => {
    const [from = 0, to = 0] = (results.at(-1)?.stdout ?? '').split(' ').map(Number)
    return to > 0 ? { from: new Date(from), to: new Date(to), milliseconds: to - from } : undefined
  })
}

/** Copies the page of the live release beside the file that tells that the site is off: it is shown before, and after, the switch. */
function pageLaidOut({ live, maintenance }: SiteHome, webServer: WebServer | undefined): Command {
  const shown = pageShown(maintenance)
  if (webServer?.maintenanceFile === undefined) return change`rm -f -- ${shown}`
  const own = `${live}/${webServer.maintenanceFile}`
  return change`if [ -f ${own} ]; then
      cp -- ${own} ${`${shown}.new`} && chmod 644 -- ${`${shown}.new`} && mv -fT -- ${`${shown}.new`} ${shown}
    else rm -f -- ${shown}; fi`
}
