import { posix } from 'node:path'
import { type ApplicationPlace, releasePlace } from '../application/place.js'
import type { Credentials } from '../database/credentials.js'
import type { CallOptions, Host } from '../host/host.js'
import type { TransferProgress } from '../host/transfer/transfer-options.js'
import type { HomeState } from '../release/home.js'
import type { Layout } from '../release/layout.js'
import type { ProcessPlace } from '../service/process.js'
import type { Commit, Source } from '../source/source.js'
import type { Downtime } from '../web-server/downtime.js'
import type { SitePlace } from '../web-server/web-server.js'
import type { ResolvedOptions } from './options.js'
import type { Questions } from './questions.js'
import type { Action } from './result.js'
import { Rotation } from './rotation.js'
import { sitePlace } from './site-place.js'

/** How the database is brought back to what an older release knows: by its dump, or by taking migrations back. */
export type DatabaseBack = { readonly dump: string } | { readonly migrations: readonly string[] }

/** What the steps have learned on a host; a field is there once its step has run. */
export interface Known {
  readonly home?: HomeState
  /** Name of the release, if it is not the one of the options: of that to roll back to, or since that was taken. */
  readonly target?: string
  /** The branch that is deployed instead of that of the options: somebody was asked. */
  readonly branch?: string
  readonly revision?: string
  readonly commits?: readonly Commit[]
  readonly virtualenv?: string
  readonly pendingMigrations?: readonly string[]
  readonly configurationChanged?: boolean
  /** True while the site shows its maintenance page. */
  readonly off?: boolean
  readonly dump?: string
  readonly migrated?: readonly string[]
  /** What will become of the database in a rollback, if it does not stay as it is. */
  readonly databaseBack?: DatabaseBack
  readonly switched?: boolean
  readonly downtime?: Downtime
}

/** Thrown by a context that is asked for what a step that has not ended yet will learn. */
export class NotYetKnown extends Error {}

/** All that a step may use, on one host. */
export class StepContext {
  readonly known: Known

  constructor(
    /** Where what the step sends will run: a session that holds the lock. */
    readonly host: Host,
    readonly options: ResolvedOptions,
    /** What is being done. */
    readonly action: Action,
    private readonly facts: Known,
    /** The balancers in front of the hosts. */
    readonly rotation: Rotation = new Rotation([]),
    /** Is told how far a transfer is. */
    readonly onProgress: (progress: TransferProgress) => void = () => {},
    private readonly awaited: ReadonlySet<keyof Known> = new Set(),
  ) {
    const known = { ...facts }
    for (const field of awaited) {
      Object.defineProperty(known, field, {
        get() {
          throw new NotYetKnown(field)
        },
      })
    }
    this.known = known
  }

  /** The same context, which knows more. */
  knowing(learned: Known | undefined): StepContext {
    const found = new Set(Object.keys(learned ?? {}))
    return this.#with(
      { ...this.facts, ...learned },
      new Set([...this.awaited].filter(each => !found.has(each))),
    )
  }

  /** The same context, for what is sent before these fields are known: whoever asks for one gets {@link NotYetKnown}. */
  awaiting(fields: readonly (keyof Known)[]): StepContext {
    return this.#with(this.facts, new Set([...this.awaited, ...fields]))
  }

  /** The same context, whose questions are answered otherwise. */
  asking(questions: Questions): StepContext {
    return this.#with(this.facts, this.awaited, { ...this.options, questions })
  }

  #with(facts: Known, awaited: ReadonlySet<keyof Known>, options = this.options): StepContext {
    const { host, action, rotation, onProgress } = this
    return new StepContext(host, options, action, facts, rotation, onProgress, awaited)
  }

  /** Of what a step does elsewhere than on the host. */
  get limits(): Pick<CallOptions, 'signal' | 'timeout'> {
    const { signal, stepTimeout: timeout } = this.options
    return { signal, timeout }
  }

  get layout(): Layout {
    return this.options.layout
  }

  /** Where the code comes from. */
  get source(): Source {
    const { source } = this.options
    const { branch } = this.known
    return branch === undefined ? source : (source.branch?.(branch) ?? source)
  }

  /** Name of the release that is being deployed or rolled back to. */
  get releaseName(): string {
    return this.known.target ?? this.options.releaseName
  }

  /** Directory of that release. */
  get releasePath(): string {
    return this.layout.release(this.releaseName)
  }

  /** Name of the release that was live when this began. */
  get outgoing(): string | undefined {
    return this.known.home?.live
  }

  /** True if the site has to be off while its database changes. */
  get needsWindow(): boolean {
    const { downtime } = this.options
    if (this.outgoing === undefined || downtime === 'never') return false
    const changes = (this.known.pendingMigrations?.length ?? 0) > 0 || this.known.databaseBack !== undefined
    return downtime === 'always' || changes
  }

  /** Paths in a release that deploys make. */
  get ownPaths(): readonly string[] {
    const { virtualenv, application, release, webServer } = this.options
    return [
      ...(virtualenv ? [virtualenv.path] : []),
      ...(application?.ownPaths ?? []),
      ...(webServer?.ownPaths ?? []),
      ...release.shared.map(({ path }) => path),
    ]
  }

  get applicationPlace(): ApplicationPlace {
    return this.#applicationPlace(this.releasePath)
  }

  /** The application of the release that was live when this began. */
  get outgoingPlace(): ApplicationPlace {
    return this.#applicationPlace(this.layout.release(this.outgoing ?? this.releaseName))
  }

  /** Prints the database's credentials, as the release that is being deployed has them. */
  get credentials(): Credentials | undefined {
    return this.options.application?.databaseCredentials?.(
      this.applicationPlace,
      this.options.database?.alias,
    )
  }

  /** The same, through the live link: for what runs long after the deploy. */
  get liveCredentials(): Credentials | undefined {
    return this.options.application?.databaseCredentials?.(
      this.#applicationPlace(this.layout.live),
      this.options.database?.alias,
    )
  }

  get site(): SitePlace {
    return sitePlace(this.options, this.layout, this.releasePath)
  }

  /** Where the processes of the release are. */
  get processPlace(): ProcessPlace {
    return this.#processPlace(this.releaseName)
  }

  /** Where those of the release are that was live when this began. */
  get outgoingProcesses(): ProcessPlace {
    return this.#processPlace(this.outgoing ?? this.releaseName)
  }

  #processPlace(release: string): ProcessPlace {
    const { project, application } = this.options
    const { state } = this.layout
    const path = this.layout.release(release)
    const { python } = this.#applicationPlace(path)
    const directory = posix.join(path, application?.path ?? '.')
    return { project, release, path, directory, state, python, user: application?.userCommand }
  }

  #applicationPlace(release: string): ApplicationPlace {
    const { virtualenv, environment, layout } = this.options
    return releasePlace(layout, release, environment, virtualenv)
  }
}
