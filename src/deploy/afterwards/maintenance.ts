import { mapped } from '../../command/script.js'
import { type Downtime, siteOff, siteOn } from '../../web-server/downtime.js'
import { type ProjectOptions, performOnEach } from '../on-each.js'

/**
 * Shows the maintenance page of a site, on all its hosts, or takes it away again: at once, without a reload. It is there
 * for a web server that a deploy has set up. The next deploy ends it: what that leaves is a site that is on.
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
  options: ProjectOptions,
  page: 'on' | 'off',
): Promise<readonly (Downtime | undefined)[]> {
  const said = await performOnEach(options, layout =>
    page === 'on' ? mapped(siteOff(layout.maintenance), () => undefined) : siteOn(layout.maintenance),
  )
  return said.map(({ value }) => value)
}
