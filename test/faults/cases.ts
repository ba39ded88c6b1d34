import { afterAll, it, type TestContext } from 'vitest'
import { order } from '../../src/deploy/order.js'
import { rollbackOrder } from '../../src/deploy/rollback.js'
import { needsTestServer } from '../support/needs.js'
import { DeployerProcess } from './deployer-process.js'
import { type Fault, type FaultName, faultNames, faults } from './faults.js'
import { judge, Ledger } from './invariants.js'
import type { Moment, Orders } from './orders.js'
import { ProcessWatch } from './secrets-seen.js'
import { type By, CarersSite } from './site.js'
import { Visitors } from './visitors.js'

/** Releases that can be gone back to, after which that of version 1 is deployed anew; one more than five is pruned. */
const RENEWED_AFTER = 2

/** True: each fault at each step, at each moment. Else each fault at some steps, so that each step meets one. */
export const isWhole = process.env.FAULTS === 'whole'

/** A fault at a step. */
export interface Case {
  readonly action: 'deploy' | 'rollback'
  readonly step: string
  readonly moment: Moment
}

const actions = [
  { action: 'deploy', steps: order.map(({ name }) => name), every: 1 },
  { action: 'rollback', steps: rollbackOrder({}).map(({ name }) => name), every: 3 },
] as const

/** The cases of a fault, out of the order of the steps. */
export function casesOf(name: FaultName): readonly Case[] {
  const moments: readonly Moment[] = faults[name].moments
  const turn = faultNames.indexOf(name)
  return actions.flatMap(({ action, steps, every }) =>
    steps.flatMap((step, at) => {
      if (isWhole) return moments.map(moment => ({ action, step, moment }))
      const place = at / every
      const moment = moments[Math.floor(place / faultNames.length + turn) % moments.length]
      return moment && place % faultNames.length === turn ? [{ action, step, moment }] : []
    }),
  )
}

/** Lets a deploy, or a rollback, meet a fault; then sees to it that all is well, and that version 1 is live again. */
export async function meet(site: CarersSite, fault: Fault, each: Case, context: TestContext): Promise<void> {
  const ledger = new Ledger()
  const { action, step, moment } = each
  if (action === 'rollback') {
    const { error } = await site.deploy('v2')
    if (error) throw error
  }
  const before = await site.look()
  const orders: Orders = {
    ...{ servers: [site.login], by: site.by, secret: site.planted, action, step, moment },
    ...(action === 'rollback' ? { tag: 'v1', to: site.first } : { tag: 'v2' }),
    ...(moment === 'inside' && { failsOn: site.login.address }),
  }
  const watch = new ProcessWatch(site.server, site.secrets)
  const visitors = new Visitors(site.server.address, isWhole)
  const deployer = new DeployerProcess(orders)
  const isThere = await deployer.there
  if (isThere) await fault.strike(deployer, site.server)
  const end = await deployer.end(fault.deployerMs)
  await fault.mend?.(site.server)
  const settled = await site.settled(fault.serverMs)
  const visit = await visitors.stop()
  const after = settled.isLockFree ? await site.look() : settled
  const seen = await watch.stop()
  const said = site.secrets.filter(secret => deployer.output.includes(secret))
  if (isThere) {
    const steps: readonly string[] = actions.flatMap(one => (one.action === action ? one.steps : []))
    const isBefore = (other: string) => steps.indexOf(step) < steps.indexOf(other)
    judge(ledger, {
      ...{ fault, deployer, end, before, after, visit, leaks: `${seen}${said}` },
      wanted: action === 'deploy' ? 'v2' : 'v1',
      isBeside: moment === 'before' && isBefore('site-off'),
      isOnAgain: fault.unknown === 'moment' || !isBefore('site-on'),
    })
  }
  await goOn(site, ledger)
  ledger.close(context, fault)
  if (!isThere) context.skip(deployer.skipped ? 'nothing is done here for that step' : 'it was never there')
}

/** The next deploy, and the way back. */
async function goOn(site: CarersSite, ledger: Ledger): Promise<void> {
  const next = await site.deploy('v2')
  ledger.check('I3 the next deploy succeeds', next.outcome === 'deployed', () => [
    next.outcome,
    next.error?.message,
    next.warnings,
  ])
  const after = await site.look()
  const target = after.journal.find(({ release }) => release === site.first)
  ledger.check('I7 what was good counts as good', target?.status === 'previous', () => target)
  ledger.check('I3 and brings the new version', after.live === 'v2' && after.isMigrated, () => after)
  const unfinished = after.journal.filter(({ status }) => status === 'preparing')
  ledger.none('I8 and nothing is left open in the journal', unfinished)
  const back = await site.goBack()
  ledger.check('I7 it can be gone back', back.outcome === 'deployed', () => [
    back.outcome,
    back.error?.message,
    back.warnings,
  ])
  const first = await site.look()
  ledger.check(
    'I7 to what was live',
    first.live === 'v1' && first.release === site.first && !first.isMigrated,
    () => first,
  )
  const before = first.journal.filter(({ status }) => status === 'previous')
  if (before.length > RENEWED_AFTER) await site.renew()
}

/** All cases of a fault: one after the other on one server, or at once on servers of their own if they take long. */
export function suiteOf(name: FaultName, { atOnce = false } = {}): void {
  const fault: Fault = faults[name]
  const bys: readonly By[] = ['apache', 'nginx']
  for (const by of isWhole ? bys : [bys[faultNames.indexOf(name) % 2] ?? 'apache']) {
    const cases = casesOf(name).map(each => [`${each.action}: ${each.moment} ${each.step}`, each] as const)
    needsTestServer(`${name}, of a site with ${by}`, () => {
      if (atOnce) {
        for (const [title, each] of cases)
          it.concurrent(title, async context => {
            await using site = await CarersSite.start(by)
            await meet(site, fault, each, context)
          })
        return
      }
      let site: CarersSite | undefined
      const stop = async () => {
        await site?.[Symbol.asyncDispose]()
        site = undefined
      }
      afterAll(stop)
      for (const [title, each] of cases) {
        it(title, async context => {
          context.onTestFailed(stop) // the next case is not to suffer from it
          site ??= await CarersSite.start(by)
          await meet(site, fault, each, context)
        })
      }
    })
  }
}
