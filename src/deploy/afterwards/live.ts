import type { Application } from '../../application/application.js'
import { type ApplicationPlace, releasePlace } from '../../application/place.js'
import { ask } from '../../command/command.js'
import { mapped, type Script, script, together } from '../../command/script.js'
import type { Credentials } from '../../database/credentials.js'
import type { Database } from '../../database/database.js'
import { OptionError } from '../../errors/option-error.js'
import { ReleaseError } from '../../errors/release-error.js'
import type { CallOptions, Host } from '../../host/host.js'
import type { Layout } from '../../release/layout.js'
import { acquireLock, ownerNow, releaseLock } from '../../release/lock.js'
import type { Virtualenv } from '../../virtualenv/virtualenv.js'
import { layoutOf, type ProjectOptions, withOwnSession } from '../on-each.js'

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

type Tail<List extends readonly unknown[]> = List extends readonly [unknown, ...infer Others] ? Others : never

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

/** The host on which it is done. */
export function primaryOf({ primary, hosts }: LiveOptions): Host {
  const host = primary ?? hosts[0]
  if (host) return host
  throw new OptionError('hosts', 'there are none')
}

/** How it is called. */
export function callsOf({ onOutput, signal }: Pick<LiveOptions, 'onOutput' | 'signal'>): CallOptions {
  return {
    ...(signal && { signal }),
    ...(onOutput && { onOutput: (_, chunk) => onOutput(chunk.toString()) }),
  }
}

/**
 * Something done with what is live on a host, in one round trip. What changes it besides the deploys holds their lock.
 *
 * @param what - for people: `run manage.py check`
 * @param lockedAs - what is said to those who find the lock held
 */
export function liveScript<T>(
  options: LiveOptions,
  what: string,
  make: (live: LivePlace) => Script<T>,
  lockedAs?: string,
): Script<T> {
  const { environment, virtualenv, application, database } = options
  const layout = layoutOf(options)
  const place = releasePlace(layout, layout.live, environment, virtualenv?.forEnvironment(environment))
  const credentials = application?.databaseCredentials?.(place, database?.alias)
  const nothing = script([], () => undefined)
  const lock = lockedAs === undefined ? nothing : acquireLock(layout, ownerNow(lockedAs))
  const unlock = lockedAs === undefined ? nothing : releaseLock(layout)
  const all = together(checkLive(layout, what), lock, make({ layout, place, credentials }), unlock)
  return mapped(all, ([, , made]) => made)
}

/** Does something with what is live on the primary host; see {@link liveScript}. */
export function onLive<T>(options: LiveOptions, ...how: Tail<Parameters<typeof liveScript<T>>>): Promise<T> {
  const calls = callsOf(options)
  return withOwnSession(primaryOf(options), host => host.perform(liveScript(options, ...how), calls))
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
