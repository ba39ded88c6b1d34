import { afterAll, it, type TestContext } from 'vitest'
import { Load, type LoadResult } from '../support/load.js'
import { needsTestServer } from '../support/needs.js'
import { actions, isWhole } from './cases.js'
import type { DeployerEnd, DeployerProcess } from './deployer-process.js'
import { type Case, encounter } from './encounter.js'
import { type Fault, type FaultName, faultNames, faults } from './faults.js'
import { isGood, Ledger } from './invariants.js'
import type { Moment } from './orders.js'
import { NOTHING } from './reliability.js'
import { type LookAtOne, PAGE, SECRET, ThreeServers, versionOfFile } from './three-servers.js'

/** What one of three servers can be met by; and their deployer. */
const NAMES: readonly FaultName[] = ['kill -9', 'connection reset', 'silence', 'failing command', 'power cut']

/** Steps that do nothing where there are only files. */
const NOT_THERE: readonly string[] = [
  ...['clean-bytecode', 'build-virtualenv', 'link-settings', 'ensure-database', 'collect-assets'],
  ...['test-configuration', 'start-processes', 'site-off', 'dump-database', 'migrate-database', 'reload'],
  ...['check-health', 'site-on', 'retire-processes', 'schedule-dumps', 'plan-database', 'take-back-database'],
]

/** In short, a step for each fault: those of the balancer and the switch are among them. */
const SHORT: Readonly<Partial<Record<FaultName, string>>> = {
  'kill -9': 'join-balancer',
  'connection reset': 'leave-balancer',
  'failing command': 'switch-release',
  'power cut': 'prune-releases',
}

/** The cases of a fault, out of the order of the steps: at one moment each. */
function casesOf(name: FaultName): readonly Case[] {
  const moments: readonly Moment[] = faults[name].moments
  const turn = faultNames.indexOf(name)
  return actions.flatMap(({ action, steps }) =>
    steps.flatMap((step, at) => {
      const moment = moments[(at + turn) % moments.length]
      const isIn = isWhole || (action === 'deploy' && SHORT[name] === step)
      return isIn && moment && !NOT_THERE.includes(step) ? [{ action, step, moment }] : []
    }),
  )
}

/** Lets a deploy to three servers, or a rollback, meet a fault that comes to one of them; then sees to it that all is well. */
async function meetOne(site: ThreeServers, fault: Fault, each: Case, context: TestContext): Promise<boolean> {
  const ledger = new Ledger()
  if (each.action === 'rollback') {
    const { error } = await site.deploy('v2')
    if (error) throw error
  }
  const before = await site.look()
  const visitor = Load.on(site.balancer.address, { path: PAGE, clients: 1 })
  const { deployer, end, isThere } = await encounter(site, fault, each, ledger)
  const load = await visitor.stop()
  const after = await site.look()
  if (isThere) judge(ledger, { fault, deployer, end, before, after, load })
  await goOn(site, ledger)
  ledger.close(context, fault)
  await site.renew()
  return isThere
}

/** What has been found out about a case. */
interface Facts {
  readonly fault: Fault
  readonly deployer: DeployerProcess
  readonly end: DeployerEnd
  readonly before: readonly LookAtOne[]
  readonly after: readonly LookAtOne[]
  readonly load: LoadResult
}

function judge(ledger: Ledger, { fault, deployer, end, before, after, load }: Facts): void {
  const { result, inTime } = end
  const none = (invariant: string, isBroken: (one: LookAtOne, index: number) => boolean) =>
    ledger.none(invariant, after.filter(isBroken))
  const isUnknown = result?.exitCode === 2
  const odd = load.answers.filter(({ text }) => versionOfFile(text) === undefined)
  if (!fault.isOutage) {
    ledger.none(
      'I1 visitors get the old file or the new one',
      odd.map(({ status }) => status),
    )
    ledger.none('I1 visitors are answered', load.failures)
  }
  none('I1 the balancer sends visitors to each', ({ state }) => state !== 'UP')
  const isOne = new Set(after.map(({ release }) => release)).size === 1
  ledger.check('I1 all serve the same', isOne || isUnknown, () => after)
  none('I2 each serves one that is whole', ({ live }) => live === 'not whole')
  none('I4 all locks are free', ({ isLockFree }) => !isLockFree)
  ledger.check('I5 no secret is seen', !deployer.output.includes(SECRET))
  ledger.none('I6 nothing is left unhandled', deployer.unhandled)
  ledger.check('I6 the deployer ends in time', inTime)
  none('I8 the journals know what is live', ({ said, release }) => said !== release)
  ledger.check(
    'I8 it says what it does not know only where it cannot know',
    !isUnknown || fault.unknown === 'server',
    () => result,
  )
  if (!result || isUnknown) return
  const expected = isGood(end) ? result.release : before[0]?.release
  none('I8 it tells what is live', ({ release }) => release !== expected)
  ledger.none(
    'I8 and where',
    result.hosts.filter(({ release }, index) => release !== undefined && release !== after[index]?.release),
  )
}

/** The next deploy, and the way back. */
async function goOn(site: ThreeServers, ledger: Ledger): Promise<void> {
  const next = await site.deploy('v2')
  ledger.deployed('I3 the next deploy succeeds', next)
  const back = await site.goBack()
  ledger.deployed('I7 it can be gone back', back)
  const last = await site.look()
  ledger.none(
    'I7 to what was live',
    last.filter(({ release, live }) => release !== site.first || live !== 'v1'),
  )
}

/** All cases of a fault that comes to one of three servers, one after the other. */
export function suiteOfThree(name: FaultName): void {
  const fault: Fault = faults[name]
  const cases = NAMES.includes(name) ? casesOf(name) : []
  if (cases.length === 0) return
  needsTestServer(`${name}, of one server of three`, () => {
    let site: ThreeServers | undefined
    const stop = async () => {
      await site?.[Symbol.asyncDispose]()
      site = undefined
    }
    afterAll(stop)
    for (const each of cases) {
      it(`${each.action}: ${each.moment} ${each.step}`, async context => {
        context.onTestFailed(stop) // the next case is not to suffer from it
        site ??= await ThreeServers.start()
        context.skip(!(await meetOne(site, fault, each, context)), NOTHING)
      })
    }
  })
}
