import { CancelledError } from '../errors/cancelled-error.js'
import { HookError } from '../errors/hook-error.js'
import { stopwatch } from '../support/clock.js'
import type { StepContext } from './context.js'
import type { Tell } from './events.js'
import { type FailureState, type FetchedState, type Hook, type HookState, hookState } from './hooks.js'
import type { HostRun } from './host-run.js'

/** Milliseconds within which nothing can have been done to a server, not even by a program that was waited for. */
const BLINK_MS = 5

/** Turns of the queue of promises, of which a function that waits for nothing takes a few. */
const TURNS = 50

/** True if all settle before anything from outside this program can have come in. */
async function settlesAtOnce(promises: readonly Promise<unknown>[]): Promise<boolean> {
  let pending = promises.length
  const settled = () => {
    pending -= 1
  }
  for (const promise of promises) promise.then(settled, settled)
  for (let turn = 0; turn < TURNS && pending > 0; turn += 1) await undefined
  return pending === 0
}

/** Calls the caller's functions, on all hosts at once. */
export class HookCalls {
  #calls = 0
  #waited = 0

  constructor(
    private readonly hosts: readonly HostRun[],
    private readonly tell: Tell,
  ) {}

  /** True if hooks have been called, and none of them has waited for anything: then the next may not, either. */
  get neverWait(): boolean {
    return this.#calls > 0 && this.#waited === 0
  }

  /**
   * Calls a hook, if there is one.
   *
   * @param hosts - @defaultValue all
   * @throws {@link HookError} when it failed on a host; all others have ended then
   * @throws {@link CancelledError} when it failed because the deploy was cancelled, or meanwhile
   */
  async call(
    moment: string,
    hook: Hook<FetchedState> | undefined,
    hosts: readonly HostRun[] = this.hosts,
  ): Promise<void> {
    await this.#call(moment, hook, context => hookState(context) as FetchedState, hosts)
  }

  /**
   * Calls a hook that gets to know what went wrong. It runs even if the deploy was cancelled: that may be what went wrong.
   *
   * @throws {@link HookError} when it failed on a host; all others have ended then
   */
  async callOnFailure(moment: string, hook: Hook<FailureState> | undefined, error: Error): Promise<void> {
    const { signal } = new AbortController()
    await this.#call(moment, hook, context => ({ ...hookState(context, signal), error }), this.hosts)
  }

  async #call<State extends HookState>(
    moment: string,
    hook: Hook<State> | undefined,
    stateFor: (context: StepContext) => State,
    hosts: readonly HostRun[],
  ): Promise<void> {
    if (!hook) return
    const names = hosts.map(({ name }) => name)
    for (const host of names) this.tell({ type: 'hook-started', host, moment })
    const elapsed = stopwatch()
    const calls = hosts.map(async host => {
      const state = stateFor(host.context)
      try {
        await hook(state)
      } catch (error) {
        if (state.signal.aborted) throw CancelledError.bySignal(`run the hook ${moment}`, host.name)
        throw new HookError(moment, host.name, error)
      }
    })
    const idle = (await settlesAtOnce(calls)) && elapsed() <= BLINK_MS
    for (const [index, host] of names.entries()) {
      const tell = (error?: Error) =>
        this.tell({ type: 'hook-ended', host, moment, durationMs: elapsed(), error })
      calls[index]?.then(() => tell(), tell)
    }
    const outcomes = await Promise.allSettled(calls)
    const failure = outcomes.find(outcome => outcome.status === 'rejected')
    this.#calls += 1
    if (!idle) {
      this.#waited += 1
      for (const host of this.hosts) host.forgetWhatWasSeen()
    }
    if (failure) throw failure.reason
  }
}
