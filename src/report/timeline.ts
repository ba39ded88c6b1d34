import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DeployListener } from '../deploy/events.js'
import { Bars } from './bars.js'
import { timelinePage } from './timeline-page.js'

/**
 * A listener that writes a page when the deploy has ended: for each host its steps and your hooks on a time scale, with
 * the time that the site was off. The page needs nothing but a browser: no network, no scripts.
 *
 * @param path - of the file, which is overwritten; its directory is made
 * @example
 * ```ts
 * await deploy({ ...options, onEvent: [terminal(), timeline('deploy.html')] })
 * ```
 */
export function timeline(path: string): DeployListener {
  const bars = new Bars()
  let began = new Date()
  return event => {
    bars.see(event)
    if (event.type === 'started') began = event.at
    if (event.type !== 'ended') return undefined
    const page = timelinePage(event.result, bars.tracks, began)
    return mkdir(dirname(path), { recursive: true }).then(() => writeFile(path, page))
  }
}
