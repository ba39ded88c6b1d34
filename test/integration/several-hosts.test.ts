import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Deployment, type DeployOptions, git, type Host, Release } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

needsTestServer('a deploy to several hosts', () => {
  let servers: TestServer[]
  let hosts: Host[]
  let directory: string

  const options = (tag: string, more: Partial<DeployOptions> = {}): DeployOptions => ({
    project: 'plain',
    environment: 'production',
    hosts,
    source: git(REPOSITORY).tag(tag),
    release: Release.under('/var/django').named({ live: 'current', releases: 'releases' }),
    ...more,
  })
  const greetings = () =>
    Promise.all(
      hosts.map(
        async host => (await host.ask`cat /var/django/plain/current/deploy/pip_packages.txt`).lines[3],
      ),
    )

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-several-'))
    servers = await Promise.all([TestServer.start(), TestServer.start({ systemd: false })])
    hosts = servers.map(server => sshHost(server))
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    await Promise.all(servers.map(server => repository.pushTo(server, REPOSITORY)))
  })

  afterAll(async () => {
    await Promise.all(hosts?.map(host => host.close()) ?? [])
    await Promise.all(servers?.map(server => server.stop()) ?? [])
    await rm(directory, { recursive: true, force: true })
  })

  it('brings the code alone, to all, under other names than DYE’s', async () => {
    const result = await new Deployment(options('v1')).skip('link-cron').run()
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed')
    expect(await greetings()).toEqual(['greeting==1.0', 'greeting==1.0'])
    const cron = result.steps.filter(({ step }) => step === 'link-cron')
    expect(cron.map(({ status, note }) => [status, note])).toEqual(
      hosts.map(() => ['skipped', 'left out by you']),
    )
    const switched = result.steps.filter(({ step }) => step === 'switch-release')
    expect(switched.map(({ host, status }) => [host, status])).toEqual(
      hosts.map(({ name }) => [name, 'changed']),
    )
  })

  it('takes it back on all when one of them fails after the switch', async () => {
    const moments: string[] = []
    const result = await new Deployment(options('v2'))
      .skip('link-cron')
      .after('switch-release', ({ host }) => {
        moments.push(host.name)
        if (host.name === hosts[1]?.name) throw new Error('not on this one')
      })
      .run()
    expect(moments.sort()).toEqual(hosts.map(({ name }) => name).sort())
    expect(result.outcome).toBe('rolled-back')
    expect(result.error).toMatchObject({ code: 'HOOK_FAILED', host: hosts[1]?.name })
    expect(await greetings()).toEqual(['greeting==1.0', 'greeting==1.0'])
  })

  it('replaces a step by a function', async () => {
    const seen: string[] = []
    const result = await new Deployment(options('v2'))
      .skip('link-cron')
      .replace('clean-bytecode', ({ release }) => seen.push(release.name))
      .run()
    expect(result.outcome).toBe('deployed')
    expect(seen).toEqual([result.release, result.release])
    expect(await greetings()).toEqual(['greeting==2.0', 'greeting==2.0'])
  })
})
