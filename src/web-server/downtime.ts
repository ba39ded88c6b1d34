import { change } from '../command/command.js'
import { type Script, script } from '../command/script.js'

/** How long a site was off, by the server's clock. */
export interface Downtime {
  readonly from: Date
  readonly to: Date
  readonly milliseconds: number
}

/**
 * Takes a site off: the web server answers with its maintenance page while the file exists. It asks for
 * the file at each request, so that nothing needs to be reloaded. The file says since when.
 */
export function siteOff(maintenance: string): Script<void> {
  return script([change`date +%s%3N >${maintenance}`], () => undefined)
}

/** Puts a site on again, and tells how long it was off; undefined if it was not. */
export function siteOn(maintenance: string): Script<Downtime | undefined> {
  return script(
    [
      change`
        since=$(cat -- ${maintenance} 2>/dev/null) && rm -- ${maintenance} && echo "$since $(date +%s%3N)" ||
          rm -f -- ${maintenance}`,
    ],
    ([{ stdout }]) => {
      const [from = 0, to = 0] = stdout.split(' ').map(Number)
      return to > 0 ? { from: new Date(from), to: new Date(to), milliseconds: to - from } : undefined
    },
  )
}
