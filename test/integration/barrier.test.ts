import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Deployment,
  type DeployOptions,
  git,
  Host,
  lock,
  Release,
  rollback,
  status,
  unlock,
} from 'dye-deploy'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { REPOSITORY } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const KEEPALIVE_MS = 3_000

needsTestServer('three servers', () => {
  let servers: TestServer[]
  let hosts: Host[]
  let directory: string

  const hostOf = ({ address, identityFile, knownHosts }: TestServer) =>
    Host.ssh(`deploy@${address}`, {
      identityFile,
      knownHosts,
      keepalive: KEEPALIVE_MS,
      connectTimeout: 3_000,
    })

  const deployment = (tag: string, more: Partial<DeployOptions> = {}) =>
    new Deployment({ ...options(tag), ...more }).skip('link-cron')

  const options = (tag: string): DeployOptions => ({
    project: 'plain',
    environment: 'production',
    hosts,
    source: git(REPOSITORY).tag(tag),
    release: Release.under('/var/django').layout('capistrano'),
  })

  /** What each serves, and whether its lock is free. */
  const served = () =>
    Promise.all(
      servers.map(
        async server =>
          (
            await server.exec(
              'grep ^greeting /var/django/plain/current/deploy/pip_packages.txt; flock -n /var/django/plain/.dye/lock echo free',
              { reject: false },
            )
          ).stdout,
      ),
    )
  const OLD = 'greeting==1.0\nfree'
  const NEW = 'greeting==2.0\nfree'

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-barrier-'))
    servers = await Promise.all([1, 2, 3].map(() => TestServer.start({ systemd: false })))
    hosts = servers.map(hostOf)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    await Promise.all(servers.map(server => repository.pushTo(server, REPOSITORY)))
    const first = await deployment('v1').run()
    expect(first.error).toBeUndefined()
    expect(await served()).toEqual([OLD, OLD, OLD])
  })

  afterEach(async () => {
    await Promise.all(servers.map(server => server.mend()))
    await Promise.all(hosts.map(host => host.close()))
  })

  afterAll(async () => {
    await Promise.all(hosts?.map(host => host.close()) ?? [])
    await Promise.all(servers?.map(server => server.stop()) ?? [])
    await rm(directory, { recursive: true, force: true })
  })

  it('of which one loses its network right before its switch are all back on the old release', {
    timeout: 120_000,
  }, async () => {
    const [, , lost] = servers
    const result = await deployment('v2', { reconnectTimeout: 2_000 })
      .before('switch-release', ({ host }) => (host.name === hosts[2]?.name ? lost?.cut('drop') : undefined))
      .run()
    expect(result.error).toMatchObject({ code: 'CONNECTION_LOST', host: hosts[2]?.name })
    expect(result.hosts.map(({ host, outcome }) => [host, outcome])).toEqual([
      [hosts[0]?.name, 'rolled-back'],
      [hosts[1]?.name, 'rolled-back'],
      [hosts[2]?.name, 'unknown'],
    ])
    expect(result.hosts[2]?.release).toBeUndefined()
    expect(result.outcome).toBe('rollback-failed')
    expect(result.exitCode).toBe(2)
    expect((await served()).slice(0, 2)).toEqual([OLD, OLD])
    const switches = result.steps.filter(({ step }) => step === 'switch-release')
    expect(
      switches.map(({ host, status: each }) => `${hosts.findIndex(({ name }) => name === host)} ${each}`),
    ).toEqual(expect.arrayContaining(['0 changed', '1 changed', '2 failed', '0 undone', '1 undone']))
    // the one that was lost notices within half a minute, and puts itself back
    await expect.poll(served, { timeout: 45_000, interval: 1_000 }).toEqual([OLD, OLD, OLD])
  })

  it('of which one is down fail before any is switched', async () => {
    await servers[1]?.kill()
    const result = await deployment('v2').run()
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.error).toMatchObject({ host: hosts[1]?.name })
    await servers[1]?.mend()
    expect(await served()).toEqual([OLD, OLD, OLD])
  })

  it('of which one is down can do without it, if that is tolerated', async () => {
    await servers[1]?.kill()
    const result = await deployment('v2', { tolerate: 1 }).run()
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed-with-warnings')
    expect(result.hosts.map(({ outcome }) => outcome)).toEqual([
      'deployed',
      'failed-before-switch',
      'deployed',
    ])
    expect(result.hosts[1]?.error).toMatchObject({ host: hosts[1]?.name })
    expect(result.warnings.join()).toContain(hosts[1]?.name)
    await servers[1]?.mend()
    expect(await served()).toEqual([NEW, OLD, NEW])
    const tooMany = await deployment('v1', { tolerate: 1, primary: hosts[1] as Host }).run()
    expect(tooMany.outcome).toBe('deployed')
  })

  it('go back to the last release that all of them have', async () => {
    // the second never had version 2: for the others that is the last good one
    const result = await rollback({ ...options('v1') })
    expect(result.error).toBeUndefined()
    expect(await served()).toEqual([OLD, OLD, OLD])
    expect(new Set(result.hosts.map(({ release }) => release)).size).toBe(1)
  })

  it('are locked in turn: of deploys that start at once exactly one runs, the others say who', async () => {
    const same = servers.map(hostOf).reverse()
    const runs = await Promise.all([
      deployment('v2').run(),
      deployment('v2', { hosts: same }).run(),
      deployment('v2', { hosts: servers.slice(1).map(hostOf) }).run(),
    ])
    const ran = runs.filter(({ outcome }) => outcome === 'deployed')
    expect(ran).toHaveLength(1)
    for (const { error } of runs.filter(({ outcome }) => outcome !== 'deployed')) {
      expect(error).toMatchObject({ code: 'LOCKED', owner: { pid: process.pid } })
    }
  })

  it('are deployed to one after the other by those who wait', { timeout: 60_000 }, async () => {
    const wait = { wait: '1m' } as const
    const runs = await Promise.all([
      deployment('v1', { lock: wait }).run(),
      deployment('v2', { lock: wait, hosts: servers.map(hostOf).reverse() }).run(),
    ])
    expect(runs.map(({ outcome }) => outcome)).toEqual(['deployed', 'deployed'])
    expect(new Set(await served()).size).toBe(1)
  })

  it('can be closed for deploys', async () => {
    await lock({ ...options('v1'), message: 'closed for the fair' })
    const result = await deployment('v2', { lock: { wait: '1h' } }).run()
    expect(result.error).toMatchObject({ code: 'CLOSED', owner: { message: 'closed for the fair' } })
    await expect(lock(options('v1'))).rejects.toMatchObject({ code: 'CLOSED' })
    expect((await status(options('v1'))).map(({ closed }) => closed?.message)).toEqual(
      servers.map(() => 'closed for the fair'),
    )
    await unlock(options('v1'))
    expect((await deployment('v2').run()).outcome).toBe('deployed')
  })
})
