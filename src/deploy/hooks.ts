import type { Host } from '../host/host.js'
import type { StepContext } from './context.js'
import type { StepName } from './step.js'

/** What a hook gets, on each host. */
export interface HookState {
  /** Runs commands within the deploy: they hold its lock, share its connection, and end when it is cancelled. */
  readonly host: Host
  /** Aborted when the deploy is cancelled: for what else a function waits for. It is never aborted while going back. */
  readonly signal: AbortSignal
  readonly project: string
  readonly environment: string
  /** The release that is being deployed. */
  readonly release: {
    readonly name: string
    /** Its directory, absolute; it exists once `prepare-release` has run. */
    readonly path: string
    /** Full revision of its code, once `fetch-source` has run. */
    readonly revision: string | undefined
  }
  /** Name of the release that was live when the deploy began. */
  readonly outgoing: string | undefined
  /** Migrations that are pending, once `ensure-database` has run. */
  readonly pendingMigrations: readonly string[]
}

/** What a hook gets once the code is there. */
export interface FetchedState extends HookState {
  readonly release: HookState['release'] & { readonly revision: string }
}

/** What `onFailure` and `onRollback` get. */
export interface FailureState extends HookState {
  /** What went wrong first. */
  readonly error: Error
}

/** A function of yours; what it throws fails the deploy at that moment. */
export type Hook<State extends HookState = HookState> = (state: State) => unknown

const descriptions = new WeakMap<object, string>()

/**
 * A function of yours with a description, which a plan tells in the place of running it.
 *
 * @param description - completes the sentence "It will …": `warm the caches`
 * @returns the function itself, for a hook
 *
 * @example
 * ```ts
 * const hooks = { postDeploy: described('rebuild the search index', async ({ host }) => { … }) }
 * ```
 */
export function described<State extends HookState>(description: string, hook: Hook<State>): Hook<State> {
  descriptions.set(hook, description)
  return hook
}

/** What a hook does, as it was described; else the name of the function, if it has one. */
export function descriptionOf(hook: object): string | undefined {
  return (
    descriptions.get(hook) ??
    ('name' in hook && typeof hook.name === 'string' ? hook.name || undefined : undefined)
  )
}

/** Steps that run before there is any code. */
export type BeforeFetch =
  | 'acquire-lock'
  | 'check-disk'
  | 'check-balancer'
  | 'check-live-changes'
  | 'check-branch'
  | 'prepare-release'

/** What is true before a step. */
export type StateBefore<Name extends StepName> = Name extends BeforeFetch | 'fetch-source'
  ? HookState
  : FetchedState

/** What is true after a step. */
export type StateAfter<Name extends StepName> = Name extends BeforeFetch ? HookState : FetchedState

/** Functions of yours, by the moment at which they run; on each host. */
export interface Hooks {
  /** The lock is held and all checks have passed; nothing is changed yet. */
  readonly preDeploy?: Hook
  /** The new release is live and well, the lock still held. What it throws is a warning. */
  readonly postDeploy?: Hook<FetchedState>
  /** Right before a step. */
  readonly before?: { readonly [Name in StepName]?: Hook<StateBefore<Name>> }
  /** Right after a step. */
  readonly after?: { readonly [Name in StepName]?: Hook<StateAfter<Name>> }
  /** The deploy has failed, and nothing has been taken back yet. What it throws is a warning. */
  readonly onFailure?: Hook<FailureState>
  /** The old release is live again. What it throws is a warning. */
  readonly onRollback?: Hook<FailureState>
}

/** The state for hooks, out of a step's context. */
export function hookState(
  context: StepContext,
  signal: AbortSignal = context.options.signal ?? new AbortController().signal,
): HookState {
  const { host, options, known, releaseName, releasePath, outgoing } = context
  return {
    host: host.limitedBy({ signal }),
    signal,
    project: options.project,
    environment: options.environment,
    release: { name: releaseName, path: releasePath, revision: known.revision },
    outgoing,
    pendingMigrations: known.pendingMigrations ?? [],
  }
}
