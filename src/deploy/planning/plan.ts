import type { Commit } from '../../source/source.js'

/**
 * What a step will come to: `change` something, change `nothing`, be left out (`skip`), `ask` whether to go on, or `fail`;
 * `unknown` is what can only be told once it is done.
 */
export type Foretold = 'change' | 'nothing' | 'skip' | 'ask' | 'fail' | 'unknown'

/** What a step of a deploy will do on a host. */
export interface PlannedStep {
  readonly step: string
  /** The host, as it was named in the options. */
  readonly host: string
  readonly what: Foretold
  /** One line for people: what will be done, or why nothing has to be. */
  readonly note: string
}

/** A function of yours that a deploy will call; a plan does not. */
export interface PlannedHook {
  /** When it is called: `before switch-release`. */
  readonly moment: string
  /** What it does, as it was described by {@link described}; else the name of the function, if it has one. */
  readonly description: string | undefined
}

/** A deploy that has not been done. */
export interface Plan {
  readonly project: string
  readonly environment: string
  /** What is deployed, for people: `branch main of git@…`. */
  readonly source: string
  /** The release that is live on the primary host; undefined if there is none. */
  readonly live: { readonly release: string; readonly revision: string | undefined } | undefined
  /** Full revision that the source has now; undefined where it could not be fetched. */
  readonly revision: string | undefined
  /** Commits that would be new, the newest first; 100 at most. */
  readonly commits: readonly Commit[]
  /** Migrations that would be run. */
  readonly pendingMigrations: readonly string[]
  /** False: they could not be asked of the application, and are those of the files that are new. */
  readonly migrationsAreSure: boolean
  /** Lines of the requirement files that change, as `diff` prints them: `-Django==4.2.1`, `+Django==4.2.2`. */
  readonly requirements: readonly string[]
  /** Whether the site would be off, and for how long it was off in earlier deploys, in the middle; undefined if that is not known. */
  readonly downtime: { readonly expected: boolean; readonly usualMs: number | undefined }
  /** What each step would do on each host, in order. */
  readonly steps: readonly PlannedStep[]
  readonly hooks: readonly PlannedHook[]
  /** What people should know. */
  readonly warnings: readonly string[]
  /** True if nothing that was seen would stop the deploy: no step fails, none asks what the options do not answer. */
  readonly isClear: boolean
}
