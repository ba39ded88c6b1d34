import type { Command } from '../command/command.js'
import type { Program } from '../command/program.js'
import type { CommandResult } from '../command/result.js'
import type { Script } from '../command/script.js'
import type { Known, StepContext } from './context.js'
import type { ResolvedOptions } from './options.js'

/** The steps of a deploy, in the order in which they run. */
export type StepName =
  | 'acquire-lock'
  | 'check-disk'
  | 'check-balancer'
  | 'check-live-changes'
  | 'check-branch'
  | 'prepare-release'
  | 'fetch-source'
  | 'clean-bytecode'
  | 'build-virtualenv'
  | 'link-settings'
  | 'ensure-database'
  | 'collect-assets'
  | 'test-configuration'
  | 'start-processes'
  | 'site-off'
  | 'dump-database'
  | 'migrate-database'
  | 'leave-balancer'
  | 'switch-release'
  | 'reload'
  | 'check-health'
  | 'join-balancer'
  | 'site-on'
  | 'retire-processes'
  | 'link-cron'
  | 'schedule-dumps'
  | 'prune-releases'
  | 'release-lock'

/** The steps that only a rollback, a redeploy or an update has. */
export type RollbackStepName =
  | 'find-release'
  | 'plan-database'
  | 'take-back-database'
  | 'delete-project'
  | 'switch-virtualenv'
  | 'record-virtualenv'

/** Exit code of our own scripts by which they stop for a question. */
export const PAUSE = 97

/** What a step did on a host. */
export interface StepOutcome {
  readonly changed: boolean
  /** One line for people: what was done, or why nothing had to be. */
  readonly note: string
  /** What later steps, hooks and the result get to know. */
  readonly learned?: Known
  readonly warnings?: readonly string[]
}

/**
 * When a step runs, which decides what its failure means: `beside` the running site, which stays as it is;
 * in the `window`, after which everything goes back; or `after`, when it is but a warning.
 */
export type StepPhase = 'beside' | 'window' | 'after'

/** One step of a deploy: what goes to the server, and how to read what comes back. One round trip at most. */
export interface Step {
  readonly name: StepName | RollbackStepName
  /** What it does, for people: `fetch the source`. */
  readonly title: string
  readonly phase: StepPhase
  /** True: on the first host only. */
  readonly once?: boolean
  /** True: on one host after the other, always in the same order, so that two deploys never wait for each other. */
  readonly inTurn?: boolean
  /** True: on so many hosts at a time as the options say, and the next steps with it, before any other host; unless the site is off. */
  readonly rolling?: boolean
  /** True: it may ask a question, so that several hosts wait for each other after it. */
  readonly asks?: boolean
  /** True: its script changes nothing on the host. */
  readonly onlyAsks?: boolean
  /** What it may learn. What needs to know it is sent only after the step's answer has been read. */
  readonly learns?: readonly (keyof Known)[]
  /** What follows for all hosts from what they have learned by it. */
  conclude?(contexts: readonly StepContext[]): Known
  /** What is known for certain once it has worked, so that the steps after it can be sent with it. */
  foresees?(context: StepContext): Known
  /** Programs that it needs on the server. The first step looks whether they are there. */
  needs?(options: ResolvedOptions): readonly Program[]
  /** Says why there is nothing to do; then the step is skipped. */
  skip?(context: StepContext): string | undefined
  /**
   * What is sent; its reader may fail. Only one that stopped at {@link PAUSE}, or sends nothing, may ask a
   * question: the steps after it may be under way.
   */
  script(context: StepContext): Script<StepOutcome | Promise<StepOutcome>>
  /**
   * One command that changes nothing, which tells whether there is something to do: the outcome if there is not.
   * It may be sent with the round trip before, if the hooks between the two do nothing on the host.
   */
  look?(context: StepContext): Script<StepOutcome | undefined>
  /**
   * What a plan runs in the place of the script: it changes nothing, and its outcome says what would be changed.
   *
   * @defaultValue the script of a step that only asks, else the look; without one the step is taken to change something
   */
  foretell?(context: StepContext): Script<StepOutcome | Promise<StepOutcome>>
  /** True: the look takes the server so long that it is not asked in vain. */
  readonly looksLong?: boolean
  /** What takes the step back, even if it came only half-way. Run backwards, step by step. */
  undo?(context: StepContext): readonly Command[]
  /** What takes back what was done elsewhere than on the host, once `undo` is done. What is elsewhere has a guard of its own. */
  takeBack?(context: StepContext): Promise<unknown>
  /**
   * What the server does by itself if the deployer is lost once the release is live: what should not wait for the next
   * deploy. It may have been done before, in part or as a whole.
   */
  finish?(context: StepContext): readonly Command[]
  /** What is known once the step has been taken back, out of the results of `undo`. */
  afterUndo?(results: readonly CommandResult[], context: StepContext): Known
}
