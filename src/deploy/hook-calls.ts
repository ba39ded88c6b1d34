import { HookError } from '../errors/hook-error.js'
import { type FetchedState, type Hook, type HookState, hookState } from './hooks.js'
import type { HostRun } from './host-run.js'

/** Calls the caller's functions, on all hosts at once. */
export class HookCalls {
  constructor(private readonly hosts: readonly HostRun[]) {}

  /**
   * Calls a hook, if there is one.
   *
   * @throws {@link HookError} when it failed on a host; all others have ended then
   */
  async call(moment: string, hook: Hook | undefined, more: object = {}): Promise<void> {
    if (!hook) return
    const calls = this.hosts.map(async host => {
      try {
        await hook({ ...hookState(host.context), ...more } as HookState & FetchedState)
      } catch (error) {
        throw new HookError(moment, host.name, error)
      }
    })
    const outcomes = await Promise.allSettled(calls)
    const failure = outcomes.find(outcome => outcome.status === 'rejected')
    if (failure) throw failure.reason
  }
}
