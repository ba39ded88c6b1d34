import type { DeployResult } from 'dye-deploy'
import { expect, type TestContext } from 'vitest'
import type { DeployerEnd, DeployerProcess } from './deployer-process.js'
import type { Fault } from './faults.js'
import { type Look, type Tag, versionOf } from './site.js'
import type { Visit } from './visitors.js'

declare module 'vitest' {
  interface TaskMeta {
    /** What became of a case. */
    invariants?: {
      /** How many invariants were looked at. */
      readonly all: number
      /** Those that did not hold, and why. */
      readonly broken: readonly string[]
      /** What was expected, for people. */
      readonly expected: string
      /** Milliseconds from the end of the deployer until the server was as it should be. */
      readonly settledMs: number
    }
  }
}

/** What has been found out about a case. */
export interface Facts {
  readonly fault: Fault
  readonly deployer: DeployerProcess
  readonly end: DeployerEnd
  readonly before: Look
  readonly after: Look
  readonly visit: Visit
  /** True if the database is what the live release needs. */
  readonly isSuited: boolean
  /** What still runs, if the lock is still held. */
  readonly running: string
  /** Where secrets were seen. */
  readonly leaks: string
  /** Version that was being brought. */
  readonly wanted: Tag
  /** True: the site could not have been off. */
  readonly isBeside: boolean
  /** True: the site was on again, with what was new, when the fault came, and before the release was settled. */
  readonly isOnAgain: boolean
}

/** Outcomes with which the new release is live. */
const GOOD: readonly string[] = ['deployed', 'deployed-with-warnings']

/** True if it said that the new release is live. */
export function isGood({ result }: DeployerEnd): boolean {
  return result !== undefined && GOOD.includes(result.outcome)
}

const MAINTENANCE = 'We are updating this site'

/** Milliseconds that a deployer may take to end once it has said how it went: nothing keeps it. */
const LINGER_MS = 2_000

/** Collects what did not hold. */
export class Ledger {
  readonly #broken: string[] = []
  #all = 0
  /** Milliseconds from the end of the deployer until the server was as it should be. */
  settledMs = 0

  /** Notes that something should be true. */
  check(invariant: string, isTrue: boolean, detail?: () => unknown): void {
    this.#all += 1
    if (!isTrue) this.#broken.push(detail ? `${invariant}: ${JSON.stringify(detail())}` : invariant)
  }

  /** Notes that something should not be there. */
  none(invariant: string, found: readonly unknown[]): void {
    this.check(invariant, found.length === 0, () => found.slice(0, 5))
  }

  /** Notes that a deploy, or a rollback, should have gone well, without a warning. */
  deployed(invariant: string, { outcome, error, warnings }: DeployResult): void {
    this.check(invariant, outcome === 'deployed', () => [outcome, error?.message, warnings])
  }

  /** Fails if anything did not hold. */
  close({ task }: TestContext, { expected }: Fault): void {
    const { settledMs } = this
    task.meta.invariants = { all: this.#all, broken: this.#broken, expected, settledMs }
    expect(this.#broken).toEqual([])
  }
}

/** Looks at everything that has to be true after a fault, whatever it was. */
export function judge(ledger: Ledger, facts: Facts): void {
  answers(ledger, facts)
  tellsTheTruth(ledger, facts)
  const { fault, deployer, end, before, after, visit, leaks, running } = facts
  ledger.check('I2 the live link names a release that is whole', after.live !== 'not whole', () => after)
  ledger.check('I4 the lock is free', after.isLockFree, () => running)
  ledger.check(
    'I1 no processes but those of the live release run',
    after.processes.every(name => name.startsWith(after.release)),
    () => [after.release, after.processes],
  )
  ledger.check('I5 no secret is seen', leaks === '', () => leaks)
  ledger.none('I6 nothing is left unhandled', deployer.unhandled)
  ledger.check('I6 the deployer ends in time', end.inTime)
  ledger.check('I6 nothing keeps it when it is done', end.lingeredMs < LINGER_MS, () => end.lingeredMs)
  ledger.check(
    'I6 it says how it went',
    fault.unknown === 'moment' || (end.result !== undefined) !== (fault.unknown === 'result'),
    () => end,
  )
  ledger.check(
    'I9 what nobody touches is as it was',
    before.checksum === after.checksum && /^\d+ \d+$/.test(after.checksum),
    () => [before.checksum, after.checksum],
  )
  const added = after.added - before.added
  ledger.check(
    'I9 all that a visitor was told was written is there',
    added >= visit.told && added <= visit.told + visit.untold,
    () => ({ added, told: visit.told, untold: visit.untold }),
  )
}

function answers(ledger: Ledger, { fault, after, visit, isBeside }: Facts): void {
  const { load } = visit
  const isMaintenance = (text: string) => text.includes(MAINTENANCE)
  const isBooting = (status: number) => fault.isOutage === true && status === 502 // nginx is there before its processes
  const odd = load.answers.filter(
    ({ status, text }) => versionOf(text) === undefined && !isMaintenance(text) && !isBooting(status),
  )
  ledger.none(
    'I1 visitors get the old page, the new one, or that of maintenance',
    odd.map(({ status, text }) => `${status} ${text.slice(0, 200)}`),
  )
  if (!fault.isOutage) ledger.none('I1 visitors are answered', load.failures)
  if (isBeside) {
    const off = load.answers.filter(({ text }) => isMaintenance(text))
    ledger.none(
      'I1 the site is on as long as its database stays',
      off.map(({ text }) => text),
    )
  }
  ledger.check('I1 the site answers in the end', versionOf(after.page) !== undefined, () => after.page)
  ledger.check('I1 it is that of the live link', versionOf(after.page) === after.live, () => after)
  ledger.check('I1 it is not off for good', !after.isOff)
}

function tellsTheTruth(
  ledger: Ledger,
  { fault, end, before, after, wanted, isOnAgain, isSuited }: Facts,
): void {
  const { result } = end
  const isNew = after.release !== before.release
  const live = after.journal.filter(({ status }) => status === 'live').map(({ release }) => release)
  ledger.check('I8 the journal knows what is live', live.join() === after.release, () => [
    live,
    after.release,
  ])
  if (isNew) ledger.check('I8 the new release is that which was wanted', after.live === wanted, () => after)
  else ledger.check('I8 the old release is what it was', after.live === before.live, () => after)
  ledger.check('I8 the database suits the release', isOnAgain || isSuited, () => ({
    live: after.live,
    isMigrated: after.isMigrated,
  }))
  if (!result) return
  const isSuccess = isGood(end)
  ledger.check(
    'I8 success is said of a success only',
    !isSuccess || after.release === result.release,
    () => result,
  )
  const isUnknown = result.exitCode === 2
  ledger.check('I8 failure is said of a failure only', isSuccess || isUnknown || !isNew, () => [
    result,
    after.release,
  ])
  ledger.check(
    'I8 it says what it does not know only where it cannot know',
    !isUnknown || fault.unknown === 'server',
    () => result,
  )
  ledger.check(
    'I6 the error is one of ours',
    isSuccess || /^[A-Z_]+$/.test(result.code ?? ''),
    () => result.code,
  )
  const [host] = result.hosts
  const isSaid = host?.release !== undefined // not before the server was looked at, nor when it cannot be
  ledger.check('I8 it says what is live', !isSaid || isUnknown || host.release === after.release, () => [
    host,
    after.release,
  ])
}
