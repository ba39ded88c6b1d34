import { mapped } from '../../command/script.js'
import { type Downtime, siteOff, siteOn } from '../../web-server/downtime.js'
import type { WebServer } from '../../web-server/web-server.js'
import { type ProjectOptions, performOnEach } from '../on-each.js'
import { siteHome } from '../site-place.js'

/** Whose maintenance page is shown. */
export interface MaintenanceOptions extends ProjectOptions {
  /** The web server, which knows the project's own page, or virtual host. @defaultValue none: a plain page */
  readonly webServer?: WebServer
  /** Gets to know why what the project has for that time is not used, if it cannot be. @defaultValue nobody does */
  readonly onWarning?: (message: string) => void
}

/**
 * Shows the maintenance page of a site, on all its hosts, or takes it away again: as a deploy does, at once and without a
 * reload, unless the project has a virtual host of its own for it. It is there for a web server that a deploy has set up.
 * The next deploy ends it: what that leaves is a site that is on.
 *
 * @returns how long each host was off; undefined for one that was not, or is now
 *
 * @example
 * ```ts
 * await maintenance(options, 'on')
 * const [downtime] = await maintenance(options, 'off')
 * ```
 */
export async function maintenance(
  options: MaintenanceOptions,
  page: 'on' | 'off',
): Promise<readonly (Downtime | undefined)[]> {
  const { project, webServer, onWarning } = options
  const said = await performOnEach(options, layout => {
    const site = siteHome(project, layout)
    if (page === 'off') return siteOn(site, webServer)
    return mapped(siteOff(site, webServer), warning => {
      if (warning !== undefined) onWarning?.(warning)
      return undefined
    })
  })
  return said.map(({ value }) => value)
}
