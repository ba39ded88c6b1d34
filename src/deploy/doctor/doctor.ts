import { together } from '../../command/script.js'
import { CancelledError } from '../../errors/cancelled-error.js'
import { DyeError } from '../../errors/dye-error.js'
import type { CallOptions, Host } from '../../host/host.js'
import { StepContext } from '../context.js'
import { needsOf } from '../needs.js'
import { withOwnSession } from '../on-each.js'
import { type DeployOptions, type ResolvedOptions, resolveOptions } from '../options.js'
import { order } from '../order.js'
import type { Checkup, Finding } from './checkup.js'
import { now, skew } from './clock.js'
import { disk } from './disk.js'
import { drift } from './drift.js'
import type { Examination, Found } from './examination.js'
import { journal } from './journal.js'
import { leftOvers } from './left-overs.js'
import { live } from './live.js'
import { lock } from './lock.js'
import { programs } from './programs.js'
import { rights } from './rights.js'

const EXAMINATIONS: readonly Examination[] = [programs, rights, disk, lock, live, journal, leftOvers, drift]

/** What keeps a host from being examined. */
function refusalOf(error: unknown): Found {
  if (!(error instanceof DyeError) || error instanceof CancelledError) throw error
  const { code, shortMessage: message, remedy } = error
  return { code, severity: 'error', message, remedy }
}

async function examine(
  original: Host,
  options: ResolvedOptions,
  calls: CallOptions,
): Promise<readonly Finding[]> {
  const found = await withOwnSession(original, async host => {
    const context = new StepContext(host, options, 'deploy', {})
    const looks = EXAMINATIONS.map(look => look(context))
    const sent = Date.now()
    const [first, seen, last] = await host.perform(together(now, together(...looks), now), calls)
    return [...skew({ sent, first, last, received: Date.now() }), ...seen.flat()]
  }).catch(error => [refusalOf(error)])
  return found.map(each => ({ host: original.name, ...each }))
}

/**
 * Examines the servers of a deploy, all at once, and changes nothing: programs and their versions, rights, room on the
 * disk, the lock, the live link, the journal, what a deploy that died has left, files changed by hand, the clock. What is
 * looked for depends on the options. A server that cannot be reached, or whose host key is not known, is a finding, too.
 * One round trip for each host.
 *
 * @param calls - limits. @defaultValue the signal of the options
 * @throws {@link OptionError} for an option that cannot be used
 * @throws {@link CancelledError} when the signal is aborted, or the time is up
 * @example
 * ```ts
 * const { isWell, findings } = await doctor(options)
 * for (const { host, message, remedy } of findings) console.log(host, message, remedy)
 * ```
 */
export async function doctor(options: DeployOptions, calls: CallOptions = {}): Promise<Checkup> {
  const resolved = resolveOptions(options)
  const needs = needsOf({ steps: order, replacements: new Map(), options: resolved })
  const limits = { signal: options.signal, ...calls }
  const found = await Promise.all(options.hosts.map(host => examine(host, { ...resolved, needs }, limits)))
  const findings = found.flat()
  return { isWell: findings.every(({ severity }) => severity !== 'error'), findings }
}
