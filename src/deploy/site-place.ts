import type { Layout } from '../release/layout.js'
import type { SitePlace } from '../web-server/web-server.js'
import type { DeployOptions } from './options.js'

/** What of the options is needed to know where a site is. */
export type SitePlaceOptions = Pick<DeployOptions, 'project' | 'environment'> &
  Partial<Pick<DeployOptions, 'application' | 'virtualenv' | 'processes'>>

/** Where a site is, as far as its web server is concerned. */
export function sitePlace(options: SitePlaceOptions, layout: Layout, release: string): SitePlace {
  const { project, environment, application, virtualenv, processes = [] } = options
  const { root, live, state, maintenance } = layout
  const [socket] = processes.flatMap(each => each.socketOf?.(project) ?? [])
  return {
    ...{ project, environment, root, live, release, state, maintenance, socket },
    entry: application?.entry,
    virtualenv: virtualenv?.path,
    user: application?.userCommand,
  }
}
