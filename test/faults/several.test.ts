import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Deployment, type DeployOptions, type Host, rollback } from 'dye-deploy'
import { afterAll, beforeAll, it, type TestContext } from 'vitest'
import { order } from '../../src/deploy/order.js'
import { REPOSITORY } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'
import { isWhole } from './cases.js'
import { DeployerProcess } from './deployer-process.js'
import { type Fault, type FaultName, faults } from './faults.js'
import { GOOD, Ledger } from './invariants.js'
import { hostOf, type Moment, plainOptions } from './orders.js'

/** What one of three servers can be met by; and their deployer. */
const NAMES: readonly FaultName[] = ['connection reset', 'power cut', 'failing command', 'kill -9']

/** In short, a step for each: the switch among them. */
const EVERY = 7
const FIRST = order.findIndex(({ name }) => name === 'switch-release') % EVERY

const cases = order.flatMap(({ name: step }, at) =>
  NAMES.flatMap((name, turn) => {
    const fault: Fault = faults[name]
    if (isWhole) return fault.moments.map(moment => ({ step, name, moment }))
    const place = (at - FIRST) / EVERY
    const moment = fault.moments[at % fault.moments.length]
    return moment && place % NAMES.length === turn ? [{ step, name, moment }] : []
  }),
)

needsTestServer('a fault of one server of three', () => {
  let directory: string
  let servers: readonly TestServer[]
  let hosts: readonly Host[]

  const options = (tag: string): DeployOptions => plainOptions(hosts, tag)
  const deploy = (tag: string) => new Deployment(options(tag)).skip('link-cron').run()

  /** Of each: version and name of the live release, whether the lock is free, and what the journal says is live. */
  const look = () =>
    Promise.all(
      servers.map(async server => {
        const { stdout } = await server.exec(
          `cd /var/django/plain; sed -n 's/^greeting==//p' current/deploy/pip_packages.txt; basename "$(readlink current)"
          flock -n .dye/lock echo free || echo held; cat .dye/journal.jsonl`,
          { reject: false },
        )
        const [version, release, lock, ...journal] = stdout.split('\n')
        const statuses = new Map(
          journal
            .map(line => JSON.parse(line))
            .filter(({ status }) => status)
            .map(each => [each.release, each.status]),
        )
        const live = [...statuses].filter(([, status]) => status === 'live').map(([name]) => name)
        return { version, release, isLockFree: lock === 'free', live: live.join() }
      }),
    )

  const settled = async (limitMs: number) => {
    const end = performance.now() + limitMs
    let all = await look()
    while (all.some(({ isLockFree }) => !isLockFree) && performance.now() < end) {
      await pause(100)
      all = await look()
    }
    return all
  }

  const meet = async (name: FaultName, step: string, moment: Moment, context: TestContext) => {
    const fault: Fault = faults[name]
    const ledger = new Ledger()
    const before = await look()
    const logins = servers.map(({ address, identityFile, knownHosts }) => ({
      address,
      identityFile,
      knownHosts,
    }))
    const [, one] = servers
    if (!one) throw new Error('there are three')
    const deployer = new DeployerProcess({
      ...{ servers: logins, by: 'nothing', action: 'deploy', tag: 'v2', step, moment, secret: 'canary-0' },
      ...(moment === 'inside' && { failsOn: one.address }),
    })
    const isThere = await deployer.there
    if (isThere) await fault.strike(deployer, one)
    const { result, inTime } = await deployer.end(fault.deployerMs)
    const after = await settled(fault.serverMs)
    if (isThere) {
      const isOne = new Set(after.map(({ release }) => release)).size === 1
      const isUnknown = result?.exitCode === 2
      ledger.check('I1 all serve the same', isOne || isUnknown, () => after)
      ledger.none(
        'I2 each serves one that is whole',
        after.filter(({ version }) => version !== '1.0' && version !== '2.0'),
      )
      ledger.none(
        'I4 all locks are free',
        after.filter(({ isLockFree }) => !isLockFree),
      )
      ledger.check('I5 no secret is seen', !deployer.output.includes('canary-0'))
      ledger.none('I6 nothing is left unhandled', deployer.unhandled)
      ledger.check('I6 the deployer ends in time', inTime)
      ledger.none(
        'I8 the journals know what is live',
        after.filter(({ live, release }) => live !== release),
      )
      ledger.check(
        'I8 it says what it does not know only where it cannot know',
        !isUnknown || fault.unknown === 'server',
        () => result,
      )
      if (result && !isUnknown) {
        const expected = GOOD.includes(result.outcome) ? result.release : before[0]?.release
        ledger.none(
          'I8 it tells what is live',
          after.filter(({ release }) => release !== expected),
        )
        ledger.none(
          'I8 and where',
          result.hosts.filter(({ release }, index) => release !== after[index]?.release),
        )
      }
    }
    const next = await deploy('v2')
    ledger.check('I3 the next deploy succeeds', next.outcome === 'deployed', () => [
      next.outcome,
      next.error?.message,
    ])
    const first = before[0]?.release
    const back = await rollback({ ...options('v1'), ...(first !== undefined && { to: first }) })
    ledger.check('I7 it can be gone back', back.outcome === 'deployed', () => [
      back.outcome,
      back.error?.message,
    ])
    const last = await look()
    ledger.none(
      'I7 to what was live',
      last.filter(({ release }) => release !== first),
    )
    ledger.close(context, fault)
    if (!isThere) context.skip('nothing is done here for that step')
    const again = await deploy('v1') // a young one, so that it is not pruned
    if (again.error) throw again.error
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-faults-'))
    servers = await Promise.all([1, 2, 3].map(() => TestServer.start({ systemd: false })))
    hosts = servers.map(({ address, identityFile, knownHosts }) =>
      hostOf({ address, identityFile, knownHosts }),
    )
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    await Promise.all(servers.map(server => repository.pushTo(server, REPOSITORY)))
    const first = await deploy('v1')
    if (first.error) throw first.error
  })

  afterAll(async () => {
    await Promise.all(hosts?.map(host => host.close()) ?? [])
    await Promise.all(servers?.map(server => server.stop()) ?? [])
    await rm(directory, { recursive: true, force: true })
  })

  for (const { name, step, moment } of cases) {
    it(`${name}: ${moment} ${step}`, context => meet(name, step, moment, context))
  }
})
