import { constants } from 'node:os'
import type { DeployEvent, DeployListener } from '../deploy/events.js'
import type { DeployOptions } from '../deploy/options.js'
import { stopwatch } from '../support/clock.js'
import { logOf } from '../support/log.js'
import { harmless } from './wording.js'

const log = logOf('report')

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
/** Milliseconds in which a signal is the same once more: programs like tsx and npm pass on what we got, too. */
const ECHO_MS = 400

/** What would be left on a host if this program ended now. */
class Left {
  #locked = false
  #doing: string | undefined
  readonly #done: string[] = []

  see(event: DeployEvent): void {
    if (event.type === 'step-started') this.#doing = event.step
    if (event.type === 'undo-started') this.#doing = `taking back ${event.step}`
    if (event.type !== 'step-ended') return
    const { step, status } = event.record
    this.#doing = undefined
    if (status === 'undone') this.#done.splice(this.#done.lastIndexOf(step), 1)
    else if (status === 'changed') this.#done.push(step)
    if (step === 'acquire-lock' && status === 'changed') this.#locked = true
    if (step === 'release-lock' && status !== 'failed') this.#locked = false
  }

  get sentence(): string {
    const done = this.#done.filter(step => !step.endsWith('-lock'))
    const parts = [
      this.#doing && `was at ${this.#doing}`,
      done.length > 0 ? `had done ${done.join(', ')}` : 'had changed nothing',
      this.#locked && 'held the lock',
    ]
    return parts.filter(Boolean).join('; ')
  }
}

/** How a deploy is interrupted. */
export interface InterruptibleOptions {
  /** Where is told what is going on. @defaultValue standard error */
  readonly write?: (line: string) => void
}

/**
 * The same options, for a deploy that Ctrl-C stops (SIGINT, and SIGTERM): the first one cancels it, so that what was
 * done is taken back and the lock is free, and the result says `cancelled`. The second one ends this program at once,
 * with exit code 130 (143 for SIGTERM), having said what is left on which host: a server that has lost its deployer
 * takes back by itself what was done. The handlers are there only while the deploy runs.
 *
 * @example
 * ```ts
 * const result = await deploy(interruptible({ ...options, onEvent: terminal() }))
 * process.exitCode = result.exitCode
 * ```
 */
export function interruptible<Options extends Pick<DeployOptions, 'onEvent' | 'signal'>>(
  options: Options,
  { write = line => process.stderr.write(`${line}\n`) }: InterruptibleOptions = {},
): Options {
  const controller = new AbortController()
  const hosts = new Map<string, Left>()
  let sinceFirst = stopwatch()
  const stop = (signal: NodeJS.Signals) => {
    log('got %s', signal)
    if (!controller.signal.aborted) {
      sinceFirst = stopwatch()
      write('Stopping, and taking back what was done. Once more, and this program ends at once.')
      controller.abort()
      return
    }
    if (sinceFirst() < ECHO_MS) return
    write('Ended before everything was taken back. The servers go on with it by themselves:')
    for (const [host, left] of hosts) write(`  ${harmless(host)} ${left.sentence}`)
    write('What to do: look with status(options) what is live; the next deploy needs no cleaning up.')
    process.exit(128 + constants.signals[signal]) // as a shell tells it
  }

  const watch: DeployListener = event => {
    if (event.type === 'started') {
      for (const host of event.hosts) hosts.set(host, new Left())
      for (const signal of SIGNALS) process.on(signal, stop)
    }
    if (event.type === 'ended') for (const signal of SIGNALS) process.off(signal, stop)
    const host = event.type === 'step-ended' ? event.record.host : 'host' in event ? event.host : undefined
    if (host !== undefined) hosts.get(host)?.see(event)
  }

  const signal = options.signal ? AbortSignal.any([options.signal, controller.signal]) : controller.signal
  return { ...options, signal, onEvent: [watch, ...[options.onEvent ?? []].flat()] }
}
