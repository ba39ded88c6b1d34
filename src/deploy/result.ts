import type { Commit } from '../source/source.js'
import type { Downtime } from '../web-server/downtime.js'

/** What was done: `update` is {@link updateVirtualenv}. */
export type Action = 'deploy' | 'rollback' | 'update'

/**
 * How a deploy ended. `deployed`: the new release is live. `deployed-with-warnings`: it is, but something
 * after that went wrong. `failed-before-switch`: the old one is live and was never touched. `rolled-back`:
 * the old one is live again. `rollback-failed`: look at the server. `cancelled`: by you; the old one is live.
 */
export type Outcome =
  | 'deployed'
  | 'deployed-with-warnings'
  | 'failed-before-switch'
  | 'rolled-back'
  | 'rollback-failed'
  | 'cancelled'

/** What one step did on one host. */
export interface StepRecord {
  readonly step: string
  readonly host: string
  /** `unchanged`: it looked, and nothing had to be done; `skipped`: it did not even have to look. */
  readonly status: 'changed' | 'unchanged' | 'skipped' | 'failed' | 'undone'
  /** One line for people. */
  readonly note: string
  readonly durationMs: number
}

/** How a deploy ended on one host. `unknown`: the host was lost; it puts itself back as soon as it notices. */
export type HostOutcome = Outcome | 'unknown'

/** How a deploy ended on one host. */
export interface HostResult {
  /** The host, as it was named in the options. */
  readonly host: string
  readonly outcome: HostOutcome
  /** Name of the release that is live there now; undefined if there is none, or nobody knows. */
  readonly release: string | undefined
  /** Why the others went on without it, if they did. */
  readonly error?: Error
  /** SSH connections made. */
  readonly connections: number
  /** Round trips made. */
  readonly roundTrips: number
}

/** What a deploy or rollback did. */
export interface DeployResult {
  readonly outcome: Outcome
  /** For `process.exitCode`: 0 when the release is live, 1 when the old one is, 2 when nobody knows. */
  readonly exitCode: 0 | 1 | 2
  readonly action: Action
  readonly project: string
  readonly environment: string
  /** Name of the release. */
  readonly release: string
  /** Full revision of its code, once it was fetched. */
  readonly revision: string | undefined
  /** Commits that are new in it, the newest first. */
  readonly commits: readonly Commit[]
  /** Migrations that it brought. */
  readonly migrations: readonly string[]
  /** How long the site was off, by the server's clock; undefined if it was not. */
  readonly downtime: Downtime | undefined
  /** How it ended on each host, in the order of the options. */
  readonly hosts: readonly HostResult[]
  /** What each step did on each host, in order. */
  readonly steps: readonly StepRecord[]
  readonly warnings: readonly string[]
  /** What went wrong first, unless the release is live. */
  readonly error: Error | undefined
  /** SSH connections made. */
  readonly connections: number
  /** Round trips made: scripts sent and answered, your hooks' included. */
  readonly roundTrips: number
  readonly durationMs: number
}

/** What was thrown, as an error. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** An error as a note: the first line of what it says. */
export function noteOf(thrown: unknown): string {
  return errorOf(thrown).message.split('\n', 1)[0] ?? ''
}

/** The exit code of an outcome. */
export function exitCodeOf(outcome: Outcome): 0 | 1 | 2 {
  if (outcome === 'deployed' || outcome === 'deployed-with-warnings') return 0
  return outcome === 'rollback-failed' ? 2 : 1
}
