import type { Application } from '../application/application.js'
import { type ApplicationPlace, releasePlace } from '../application/place.js'
import { ask } from '../command/command.js'
import { type Script, script, together } from '../command/script.js'
import type { Credentials } from '../database/credentials.js'
import type { Database } from '../database/database.js'
import { OptionError } from '../errors/option-error.js'
import { ReleaseError } from '../errors/release-error.js'
import type { Host } from '../host/host.js'
import type { Layout } from '../release/layout.js'
import { acquireLock, ownerNow, releaseLock } from '../release/lock.js'
import type { Virtualenv } from '../virtualenv/virtualenv.js'
import { type ProjectOptions, performOnce } from './on-each.js'

/** A site that was deployed. The options of a deploy will do. */
export interface LiveOptions extends ProjectOptions {
  /** `production`, `staging`, … */
  readonly environment: string
  /** The host on which it is done. @defaultValue the first */
  readonly primary?: Host
  /** @defaultValue none */
  readonly virtualenv?: Virtualenv
  /** @defaultValue none */
  readonly application?: Application
  /** @defaultValue none */
  readonly database?: Database
  /** Gets what programs print, while they do. */
  readonly onOutput?: (text: string) => void
  /** Aborting it ends what runs. */
  readonly signal?: AbortSignal
}

/** Leave to change what production has. */
export interface ProductionOptions {
  /** True: on `production`, too. @defaultValue false */
  readonly evenProduction?: boolean
}

/** What is live on a host: where everything is, and how its application logs in to its database. */
export interface LivePlace {
  readonly layout: Layout
  readonly place: ApplicationPlace
  readonly credentials: Credentials | undefined
}

const NOTHING_LIVE = 9

function checkLive({ live }: Layout, what: string): Script<void> {
  return script(
    [ask`[ -e ${live} ] || exit ${NOTHING_LIVE}`],
    () => undefined,
    failure => {
      if (failure.exitCode !== NOTHING_LIVE) return failure
      const account = { what, host: failure.host, why: 'nothing is live there', remedy: 'deploy first.' }
      return new ReleaseError('NO_SUCH_RELEASE', account)
    },
  )
}

/**
 * Does something with what is live on the primary host, in one round trip; what changes it besides the deploys
 * holds their lock.
 *
 * @param what - for people: `run manage.py check`
 */
export async function onLive<T>(
  options: LiveOptions,
  what: string,
  make: (live: LivePlace) => Script<T>,
  lockedAs?: string,
): Promise<T> {
  const host = options.primary ?? options.hosts[0]
  if (!host) throw new OptionError('hosts', 'there are none')
  const { environment, virtualenv, application, database, onOutput, signal } = options
  const { value } = await performOnce(
    host,
    options,
    layout => {
      const place = releasePlace(layout, layout.live, environment, virtualenv?.forEnvironment(environment))
      const credentials = application?.databaseCredentials(place, database?.alias)
      const nothing = script([], () => undefined)
      const [lock, unlock] = lockedAs
        ? [acquireLock(layout, ownerNow(lockedAs)), releaseLock(layout)]
        : [nothing, nothing]
      return together(checkLive(layout, what), lock, make({ layout, place, credentials }), unlock)
    },
    {
      ...(signal && { signal }),
      ...(onOutput && { onOutput: (_: string, chunk: Buffer) => onOutput(chunk.toString()) }),
    },
  )
  return value[2]
}

/** @throws {@link OptionError} for production, unless allowed apart */
export function checkProduction(options: LiveOptions & ProductionOptions, what: string): void {
  if (options.environment !== 'production' || options.evenProduction === true) return
  throw new OptionError(
    'environment',
    `${what} is not for production`,
    'say { evenProduction: true } if it has to be.',
  )
}
