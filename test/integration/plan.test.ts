import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Deployment, type DeployOptions, deploy, described, type Host, plan, planText } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { carers, REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { changingNothing } from '../support/server-files.js'
import { TestServer } from '../support/test-server.js'

needsTestServer('a plan', () => {
  let directory: string
  let repository: ProjectRepository
  let server: TestServer
  let host: Host

  const options = (tag: string, more: Partial<DeployOptions> = {}) => carers(host, tag, more)

  /** Makes a plan, and proves that nothing has changed meanwhile. */
  const planned = (of: DeployOptions | Deployment, how = {}) =>
    changingNothing(server, () => (of instanceof Deployment ? of.plan() : plan(of)), how)

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-plan-'))
    server = await TestServer.start({ with: ['apache2', 'mariadb'] })
    host = sshHost(server)
    repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    await repository.git('checkout', '--quiet', '--detach', 'v1')
    await repository.commit('no-settings', { 'django/website/local_settings.py.production': null })
    await repository.git('checkout', '--quiet', '--detach', 'v1')
    await repository.commit('nonsense', { 'apache/production.conf': 'Nonsense on\n' })
    await repository.git('checkout', '--quiet', '--detach', 'v1')
    await repository.commit('requirements', {
      'deploy/pip_packages.txt': '# nothing but what the system has\n',
    })
    await repository.pushTo(server, REPOSITORY)
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  const what = (made: Awaited<ReturnType<typeof plan>>) =>
    Object.fromEntries(made.steps.map(({ step, what }) => [step, what]))

  it('of a first deploy tells what will be made, on a server that has nothing', async () => {
    const made = await planned(options('v1'), { whole: true })
    expect(made.live).toBeUndefined()
    expect(made.isClear).toBe(true)
    expect(made.migrationsAreSure).toBe(false)
    expect(made.pendingMigrations).toEqual(['visits.0001_initial'])
    expect(what(made)).toMatchObject({
      'acquire-lock': 'change',
      'check-disk': 'nothing',
      'fetch-source': 'change',
      'build-virtualenv': 'change',
      'ensure-database': 'unknown',
      'test-configuration': 'nothing',
      'site-off': 'skip',
    })
  })

  it('of the same again has next to nothing to do', async () => {
    expect((await deploy(options('v1'))).error).toBeUndefined()
    const made = await planned(options('v1'))
    expect(made).toMatchObject({
      commits: [],
      pendingMigrations: [],
      requirements: [],
      migrationsAreSure: true,
    })
    expect(made.revision).toBe(made.live?.revision)
    expect(made.downtime.expected).toBe(false)
    expect(what(made)).toMatchObject({
      'build-virtualenv': 'nothing',
      'ensure-database': 'nothing',
      'site-off': 'skip',
      'migrate-database': 'skip',
      'link-cron': 'nothing',
      'prune-releases': 'skip',
    })
  })

  it('tells commits, migrations asked of the new code, downtime, and functions that it does not call', async () => {
    const called: string[] = []
    const deployment = new Deployment(
      options('v2', {
        hooks: { postDeploy: described('rebuild the index', () => called.push('postDeploy')) },
      }),
    )
      .before('switch-release', function warmUp() {
        called.push('warm up')
      })
      .skip('link-cron')
    const made = await planned(deployment, { whole: true })
    expect(called).toEqual([])
    expect(made.commits.length).toBeGreaterThan(0)
    expect(made.pendingMigrations).toEqual(['visits.0002_visit_note'])
    expect(made.migrationsAreSure).toBe(true)
    expect(made.downtime.expected).toBe(true)
    expect(made.hooks).toEqual([
      { moment: 'before switch-release', description: 'warmUp' },
      { moment: 'postDeploy', description: 'rebuild the index' },
    ])
    expect(what(made)).toMatchObject({
      'site-off': 'change',
      'migrate-database': 'change',
      'link-cron': 'skip',
    })
    const result = await deploy(options('v2'))
    expect(result.migrations).toEqual(made.pendingMigrations)
    expect(result.revision).toBe(made.revision)
    expect(result.commits).toEqual(made.commits)
  })

  it('tells requirements that change', async () => {
    const made = await planned(options('requirements'))
    expect(made.requirements).toContain('+# nothing but what the system has')
    expect(what(made)['build-virtualenv']).toBe('change')
  })

  it.each([
    ['no-settings', 'link-settings', 'local_settings.py.production'],
    ['nonsense', 'test-configuration', 'Apache refuses it'],
    ['no-such-tag', 'fetch-source', 'the repository has none of that name'],
  ])('tells what would fail: %s', async (tag, step, note) => {
    const made = await planned(options(tag))
    expect(made.isClear).toBe(false)
    expect(made.steps.filter(each => each.what === 'fail')).toMatchObject([
      { step, note: expect.stringContaining(note) },
    ])
    expect(planText(made)).toContain('It would stop')
  })

  it('tells what would be asked, and asks nobody', async () => {
    await server.exec('echo changed >>/var/django/carers/dev/django/website/urls.py')
    const asked: string[] = []
    const made = await planned(
      options('v2', {
        questions: {
          liveChanges: () => {
            asked.push('liveChanges')
            return 'continue'
          },
        },
      }),
    )
    expect(asked).toEqual([])
    expect(made.isClear).toBe(true) // a function is there to answer
    expect(what(made)['check-live-changes']).toBe('ask')
    expect((await planned(options('v2'))).isClear).toBe(false)
  })
})
