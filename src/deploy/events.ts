import type { Action, DeployResult, StepRecord } from './result.js'

/** Something that happened in a deploy or rollback. */
export type DeployEvent =
  | {
      readonly type: 'started'
      readonly action: Action
      readonly project: string
      readonly environment: string
      readonly hosts: readonly string[]
    }
  | { readonly type: 'step-started'; readonly host: string; readonly step: string; readonly title: string }
  | { readonly type: 'step-ended'; readonly record: StepRecord }
  | {
      readonly type: 'output'
      readonly host: string
      readonly step: string
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
    }
  | { readonly type: 'warning'; readonly host: string | undefined; readonly message: string }
  | { readonly type: 'going-back'; readonly error: Error }
  | { readonly type: 'ended'; readonly result: DeployResult }

/** Gets every event, in order. What it throws is not caught: it is your program. */
export type DeployListener = (event: DeployEvent) => void
