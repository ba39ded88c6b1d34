import type { Layout } from '../release/layout.js'
import type { SiteHome, SitePlace } from '../web-server/web-server.js'
import type { DeployOptions } from './options.js'

/** What of the options is needed to know where a site is. */
export type SitePlaceOptions = Pick<DeployOptions, 'project' | 'environment'> &
  Partial<Pick<DeployOptions, 'application' | 'virtualenv' | 'processes'>>

/** What of a site is the same for all its releases. */
export function siteHome(project: string, { root, live, state, maintenance }: Layout): SiteHome {
  return { project, root, live, state, maintenance }
}

/** Where a site is, as far as its web server is concerned. */
export function sitePlace(options: SitePlaceOptions, layout: Layout, release: string): SitePlace {
  const { project, environment, application, virtualenv, processes = [] } = options
  const [socket] = processes.flatMap(each => each.socketOf?.(project) ?? [])
  return {
    ...siteHome(project, layout),
    ...{ environment, release, socket },
    entry: application?.entry,
    virtualenv: virtualenv?.path,
    user: application?.userCommand,
  }
}
