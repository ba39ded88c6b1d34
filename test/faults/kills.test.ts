import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, it } from 'vitest'
import { needsTestServer } from '../support/needs.js'
import { isWhole, meet } from './cases.js'
import type { DeployerProcess } from './deployer-process.js'
import type { Case } from './encounter.js'
import { faults } from './faults.js'
import { siteKinds } from './site.js'
import { Sites } from './sites.js'

const times = Number(process.env.TIMES ?? (isWhole ? 20 : 1))
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)

/** Milliseconds after its first step within which a deploy has most likely ended. */
const LATEST_MS = 3_000

/** Numbers from 0 to 1, always the same ones for a seed. */
function* numbers(state: number): Generator<number, never> {
  for (let value = state; ; ) {
    value = (value + 0x6d2b79f5) | 0
    let mixed = Math.imul(value ^ (value >>> 15), 1 | value)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

needsTestServer('a deployer that is killed at a random moment', () => {
  const sites = new Sites()
  let ran = 0

  afterAll(async () => {
    console.log(
      `${ran} of ${times} kills ran with the seed ${seed}: npm run test:kills -- --times ${times} --seed ${seed}`,
    )
    await sites[Symbol.asyncDispose]()
  })

  const random = numbers(seed)
  for (let count = 1; count <= times; count += 1) {
    const action = random.next().value < 0.75 ? 'deploy' : 'rollback'
    const afterMs = Math.round(random.next().value * LATEST_MS)
    const each: Case = { action, step: 'acquire-lock', moment: 'during' }
    const strike = async (deployer: DeployerProcess) => {
      await pause(afterMs)
      deployer.kill('SIGKILL')
    }
    const kind = siteKinds[count % siteKinds.length] ?? siteKinds[0]
    const fault = { ...faults['kill -9'], strike, unknown: 'moment' } as const
    it.concurrent(`${action}, seed ${seed}, number ${count}: after ${afterMs} ms, of a site with ${kind.name}`, async context => {
      await sites.lend(kind, context, site => meet(site, fault, each, context))
      ran += 1
    })
  }
})
