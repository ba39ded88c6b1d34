import { DyeError } from './dye-error.js'

/**
 * A hook, or a function that replaces a step, threw. What it threw is the `cause`.
 *
 * Code: `HOOK_FAILED`.
 */
export class HookError extends DyeError {
  /** Which moment: `preDeploy`, `before switch-release`, … */
  readonly moment: string

  constructor(moment: string, host: string, cause: unknown) {
    super('HOOK_FAILED', {
      what: `run the hook ${moment}`,
      host,
      why: cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause),
      cause,
    })
    this.moment = moment
  }
}
