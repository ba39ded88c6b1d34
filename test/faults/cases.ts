import { afterAll, it, type TestContext } from 'vitest'
import { order } from '../../src/deploy/order.js'
import { rollbackOrder } from '../../src/deploy/rollback.js'
import { needsTestServer } from '../support/needs.js'
import { type Case, encounter } from './encounter.js'
import { type Fault, type FaultName, faultNames, faults } from './faults.js'
import { isGood, judge, Ledger } from './invariants.js'
import type { Moment } from './orders.js'
import { NOTHING } from './reliability.js'
import { ProcessWatch } from './secrets-seen.js'
import { type CarersSite, type SiteKind, siteKinds } from './site.js'
import { Sites } from './sites.js'
import { Visitors } from './visitors.js'

/** Releases that can be gone back to, after which that of version 1 is deployed anew; one more than five is pruned. */
const RENEWED_AFTER = 2

/** True: each fault at each step, at each moment. Else each fault at some steps. */
export const isWhole = process.env.FAULTS === 'whole'

/** Sites on which a step does something, where it is not all of them. */
const SITES: Readonly<Record<string, (kind: SiteKind) => boolean>> = {
  'start-processes': ({ by }) => by === 'nginx',
  'retire-processes': ({ by }) => by === 'nginx',
  'site-off': ({ migrates }) => migrates,
  'migrate-database': ({ migrates }) => migrates,
  'take-back-database': ({ migrates }) => migrates,
  'site-on': ({ migrates }) => migrates,
  'check-balancer': () => false, // three servers have one
  'leave-balancer': () => false,
  'join-balancer': () => false,
}

/** A deploy, and a rollback; in short each step of so many meets one fault. */
export const actions = [
  { action: 'deploy', steps: order.map(({ name }) => name), every: 2 },
  { action: 'rollback', steps: rollbackOrder({}).map(({ name }) => name), every: 6 },
] as const

/** The cases of a fault, out of the order of the steps; each on one of the sites that it can be met on, in turn. */
export function casesOf(name: FaultName): readonly (Case & { readonly kind: SiteKind })[] {
  const moments: readonly Moment[] = faults[name].moments
  const turn = faultNames.indexOf(name)
  return actions.flatMap(({ action, steps, every }) =>
    steps.flatMap((step, at) => {
      const kinds = siteKinds.filter(SITES[step] ?? (() => true))
      const place = at / every
      const isIn = isWhole || place % faultNames.length === turn
      const some = isWhole
        ? moments
        : moments.filter(
            (_, index) => index === (Math.floor(place / faultNames.length) + turn) % moments.length,
          )
      return some.flatMap((moment, index) => {
        const kind = kinds[(isWhole ? at + turn + index : turn) % kinds.length] // in short, each fault starts few servers
        return isIn && kind ? [{ action, step, moment, kind }] : []
      })
    }),
  )
}

/**
 * Lets a deploy, or a rollback, meet a fault; then sees to it that all is well, and that version 1 is live again.
 *
 * @returns whether it did meet it: not where there is nothing to do for the step
 */
export async function meet(
  site: CarersSite,
  fault: Fault,
  each: Case,
  context: TestContext,
): Promise<boolean> {
  const ledger = new Ledger()
  const { action, step, moment } = each
  if (action === 'rollback') {
    const { error } = await site.deploy('v2')
    if (error) throw error
  }
  if (step === 'build-virtualenv') await site.forgetVirtualenvs()
  const before = await site.look()
  const watch = new ProcessWatch(site.server, site.secrets)
  const visitors = new Visitors(site.server.address)
  const { deployer, end, isThere } = await encounter(site, fault, each, ledger)
  const visit = await visitors.stop()
  const after = await site.look()
  const running = after.isLockFree ? '' : await site.running()
  const seen = await watch.stop()
  const said = site.secrets.filter(secret => deployer.output.includes(secret))
  if (isThere) {
    const steps: readonly string[] = actions.flatMap(one => (one.action === action ? one.steps : []))
    const isBefore = (other: string) => steps.indexOf(step) < steps.indexOf(other)
    judge(ledger, {
      ...{ fault, deployer, end, before, after, visit, running, leaks: `${seen}${said}` },
      wanted: action === 'deploy' ? 'v2' : 'v1',
      isBeside: !site.kind.migrates || (moment === 'before' && isBefore('site-off') && !isGood(end)),
      isSuited: site.isSuited(after),
      isOnAgain: fault.unknown === 'moment' || !isBefore('site-on'),
    })
  }
  await goOn(site, ledger)
  ledger.close(context, fault)
  return isThere
}

/** The next deploy, and the way back. */
async function goOn(site: CarersSite, ledger: Ledger): Promise<void> {
  const next = await site.deploy('v2')
  ledger.deployed('I3 the next deploy succeeds', next)
  const after = await site.look()
  const target = after.journal.find(({ release }) => release === site.first)
  ledger.check('I7 what was good counts as good', target?.status === 'previous', () => target)
  ledger.check('I3 and brings the new version', after.live === 'v2' && site.isSuited(after), () => after)
  const unfinished = after.journal.filter(({ status }) => status === 'preparing')
  ledger.none('I8 and nothing is left open in the journal', unfinished)
  const back = await site.goBack()
  ledger.deployed('I7 it can be gone back', back)
  const first = await site.look()
  ledger.check(
    'I7 to what was live',
    first.live === 'v1' && first.release === site.first && !first.isMigrated,
    () => first,
  )
  const before = first.journal.filter(({ status }) => status === 'previous')
  if (before.length > RENEWED_AFTER) await site.renew()
}

/** All cases of a fault: one after the other, or some at once if they take long, on servers that are used again. */
export function suiteOf(name: FaultName, { atOnce = false } = {}): void {
  const fault: Fault = faults[name]
  const run = atOnce ? it.concurrent : it
  for (const kind of siteKinds) {
    const cases = casesOf(name).filter(each => each.kind === kind)
    if (cases.length === 0) continue
    needsTestServer(`${name}, of a site with ${kind.name}`, () => {
      const sites = new Sites()
      afterAll(() => sites[Symbol.asyncDispose]())
      for (const each of cases) {
        run(`${each.action}: ${each.moment} ${each.step}`, async context => {
          const isThere = await sites.lend(kind, context, site => meet(site, fault, each, context))
          context.skip(!isThere, NOTHING)
        })
      }
    })
  }
}
