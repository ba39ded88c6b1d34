import type { Application } from '../../application/application.js'
import { type Script, script, together } from '../../command/script.js'
import { ConfigurationError } from '../../errors/configuration-error.js'
import { OptionError } from '../../errors/option-error.js'
import { acquireLock, ownerNow, releaseLock } from '../../release/lock.js'
import type { Process } from '../../service/process.js'
import type { Virtualenv } from '../../virtualenv/virtualenv.js'
import type { SitePlace, WebServer } from '../../web-server/web-server.js'
import { type ProjectOptions, performOnEach } from '../on-each.js'
import { sitePlace } from '../site-place.js'

/** A site that was deployed, and what serves it. The options of a deploy will do. */
export interface SiteOptions extends ProjectOptions {
  /** `production`, `staging`, … */
  readonly environment: string
  /** Needed, although the options of a deploy may leave it out. */
  readonly webServer?: WebServer
  /** @defaultValue none */
  readonly virtualenv?: Virtualenv
  /** @defaultValue none */
  readonly application?: Application
  /** @defaultValue none */
  readonly processes?: readonly Process[]
}

/** With the lock of the deploys, on all hosts. */
async function withSite(
  options: SiteOptions,
  what: string,
  make: (webServer: WebServer, site: SitePlace) => readonly Script<unknown>[],
): Promise<void> {
  const { webServer } = options
  if (!webServer) throw new OptionError('webServer', 'there is none')
  await performOnEach(options, layout =>
    together(
      acquireLock(layout, ownerNow(what)),
      ...make(webServer, sitePlace(options, layout, layout.live)),
      releaseLock(layout),
    ),
  )
}

/**
 * Takes a site out of the web server on all its hosts, and leaves all other sites alone: what is left is tested first,
 * then the web server is reloaded. Visitors get whatever the server has for names that it does not know. Processes of
 * the application go on. {@link enableSite} brings the site back, and so does the next deploy.
 *
 * @throws {@link ConfigurationError} when the server refuses what is left: nothing has been touched
 * @throws {@link LockError} when the project is being deployed
 * @throws {@link OptionError} without a web server, or for one that cannot
 *
 * @example
 * ```ts
 * await disableSite(options)
 * await enableSite(options)
 * ```
 */
export async function disableSite(options: SiteOptions): Promise<void> {
  await withSite(options, 'disableSite', (webServer, site) => {
    const command = webServer.disable?.(site)
    if (!command) throw new OptionError('webServer', `${webServer.title} cannot take a site out`)
    const disabled = script(
      [command],
      () => undefined,
      failure => {
        if (failure.code !== 'COMMAND_FAILED') return failure
        const { host, stderr: output } = failure
        const why = `${webServer.title} could not go on without it`
        const remedy = 'correct the configuration, and try again.'
        return new ConfigurationError({ what: `take ${site.project} out`, host, why, output, remedy })
      },
    )
    return [disabled]
  })
}

/**
 * Brings back a site that {@link disableSite} took out, on all its hosts, with the configuration of the live release,
 * which is tested first.
 *
 * @throws {@link ConfigurationError} when the server refuses it: nothing has been touched
 * @throws {@link LockError} when the project is being deployed
 * @throws {@link OptionError} without a web server
 */
export async function enableSite(options: SiteOptions): Promise<void> {
  await withSite(options, 'enableSite', (webServer, site) => [
    webServer.testConfiguration(site),
    script([webServer.reload(site, true)], () => undefined),
  ])
}
