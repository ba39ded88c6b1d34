import type { TransferProgress } from '../host/transfer/transfer-options.js'
import type { Question, QuestionFacts } from './questions.js'
import type { Action, DeployResult, StepRecord } from './result.js'

/** Which step an event is about, and where. */
export interface StepOnHost {
  /** The host, as it was named in the options. */
  readonly host: string
  readonly step: string
}

/** What is told of each event, by the event's type. */
export interface DeployEvents {
  /** It begins; no host has been asked for anything yet. */
  readonly started: {
    readonly action: Action
    readonly project: string
    readonly environment: string
    readonly hosts: readonly string[]
    /** Names of all steps, in order; some may be skipped. */
    readonly steps: readonly string[]
  }
  /** A step begins on a host. */
  readonly 'step-started': StepOnHost & {
    /** What it does, for people: `fetch the source`. */
    readonly title: string
  }
  /** A step has ended on a host, or was skipped there, or taken back. */
  readonly 'step-ended': { readonly record: StepRecord }
  /** A command of a step begins. Those of hooks are not told. */
  readonly 'command-started': StepOnHost & {
    /** As a person may read it: secrets are masked. It may have several lines. */
    readonly command: string
  }
  /** A command of a step has ended. */
  readonly 'command-ended': StepOnHost & {
    readonly command: string
    /** 0 to 255, or undefined when a signal ended it. */
    readonly exitCode: number | undefined
    readonly durationMs: number
  }
  /** A command of a step has printed something: as it came, so not always whole lines. */
  readonly output: StepOnHost & { readonly stream: 'stdout' | 'stderr'; readonly text: string }
  /** Files are brought to a host; at most ten times a second. */
  readonly progress: StepOnHost & TransferProgress
  /** Something is not as it should be; the deploy goes on. */
  readonly warning: {
    /** Undefined if it is about no host in particular. */
    readonly host: string | undefined
    readonly message: string
  }
  /** A question has come up: it is answered by the options, by a function, or on the terminal. */
  readonly question: {
    readonly host: string
    readonly question: Question
    /** What it is about, in one sentence without a full stop. */
    readonly message: string
    readonly facts: QuestionFacts[Question]
  }
  /** A question was answered. */
  readonly answered: {
    readonly host: string
    readonly question: Question
    /** `abort`, `continue`, or the branch to deploy. */
    readonly answer: string
  }
  /** A function of yours begins on a host. */
  readonly 'hook-started': {
    readonly host: string
    /** `postDeploy`, `before reload`, … */
    readonly moment: string
  }
  /** A function of yours has ended on a host. */
  readonly 'hook-ended': {
    readonly host: string
    readonly moment: string
    readonly durationMs: number
    /** What it threw, if it did. */
    readonly error: Error | undefined
  }
  /** Something went wrong, and what was done is now taken back. */
  readonly 'going-back': { readonly error: Error }
  /** A step begins to be taken back; its `step-ended` with the status `undone` or `failed` follows. */
  readonly 'undo-started': StepOnHost & { readonly title: string }
  /** It is over: the lock is free. Only a warning about a listener may still follow. */
  readonly ended: { readonly result: DeployResult }
}

/** The type of an event. */
export type DeployEventType = keyof DeployEvents

/** An event that has yet to be told. */
export type Happening = {
  readonly [Type in DeployEventType]: { readonly type: Type } & DeployEvents[Type]
}[DeployEventType]

/** Something that happened in a deploy or rollback; see {@link DeployEvents} for what each type tells. */
export type DeployEvent = Happening & {
  /** When, by the clock of this machine. */
  readonly at: Date
}

/**
 * Gets every event, in order. What it throws, or the rejection of what it returns, is a warning: who only watches
 * cannot fail a deploy. A promise is waited for at the very end.
 */
export type DeployListener = (event: DeployEvent) => unknown

/** Tells the listeners of something. */
export type Tell = (happening: Happening) => void
