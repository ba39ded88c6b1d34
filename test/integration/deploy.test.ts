import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeployResult, Django, deploy, type Host, LockError, rollback, versions } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { order } from '../../src/deploy/order.js'
import { AskingClient } from '../support/asking-client.js'
import { carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { FAILING_MIGRATION } from '../support/carers-in-memory.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

/** The status of each step on the first host. */
function statusOf(result: DeployResult, step: string): string | undefined {
  return result.steps.find(record => record.step === step)?.status
}

const NUMBERS = [1, 2, 3]

/** Three migrations on top of version 2: each adds a column, but one, which loses data and then fails. */
function threeMigrations(failing: number): Readonly<Record<string, string>> {
  const names = ['0002_visit_note', ...NUMBERS.map(number => `000${number + 2}_more`)]
  const added = (number: number) => `
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('visits', '0002_visit_note')]
    operations = [migrations.AddField('Visit', 'more${number}', models.CharField(max_length=5, null=True))]
`
  return Object.fromEntries(
    NUMBERS.map(number => {
      const text = number === failing ? FAILING_MIGRATION : added(number)
      const path = `django/website/visits/migrations/${names[number]}.py`
      return [path, text.replace("'0002_visit_note'", `'${names[number - 1]}'`)]
    }),
  )
}

needsTestServer('a deploy of a Django site', () => {
  let server: TestServer
  let host: Host
  let repository: ProjectRepository
  let directory: string

  const sql = async (statement: string) =>
    (await server.exec('mariadb -N carers', { input: statement })).stdout
  const isLockFree = async () =>
    (await server.exec('flock -n /var/django/carers/.dye/lock true', { reject: false })).exitCode === 0

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-deploy-'))
    server = await TestServer.start({ with: ['apache2', 'mariadb'] })
    host = sshHost(server)
    repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    const urls = await repository.read('django/website/urls.py')
    await repository.commit('v3', { 'django/website/urls.py': urls.replace('version 2', 'version 3') })
    for (const failing of NUMBERS) {
      await repository.commit(`failing-${failing}`, {
        ...threeMigrations(failing),
        'django/website/urls.py': urls.replace('version 2', 'version 4'),
      })
    }
    await repository.commit('broken-page', {
      ...Object.fromEntries(Object.keys(threeMigrations(1)).map(path => [path, null])),
      'django/website/urls.py': 'raise RuntimeError("broken")\n',
    })
    await repository.commit('broken-configuration', {
      'django/website/urls.py': urls,
      'apache/production.conf': `${await repository.read('apache/production.conf')}\nNoSuchDirective on\n`,
    })
    await repository.pushTo(server, REPOSITORY)
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('brings the first version to an empty server', async () => {
    const result = await deploy(carers(host, 'v1'))
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed')
    expect(await page(server)).toBe('carers version 1\ngreeting 1.0\nvisits 0\nlegacy present')
    expect(await page(server, '/static/visits/site.css')).toContain('black')
    expect(result.steps.find(({ step }) => step === 'collect-assets')?.note).toBe('collected')
    expect(result.warnings.join('\n')).toMatch(/^security\.W\d+: /m)
    const { stdout } = await server.exec(
      'stat -L -c "%a %U" /var/django/carers/dev/django/website/private_settings.py; ls /etc/cron.d /etc/cron.daily',
    )
    expect(stdout.split('\n')[0]).toBe('600 deploy')
    expect(stdout).toContain('carers-visits')
    expect(stdout).toContain('carers-clear-sessions')
  })

  it('brings a second version with a migration: only old pages, maintenance pages, new pages', async () => {
    for (let visit = 0; visit < 3; visit += 1) await page(server, '/add')
    const client = new AskingClient(server.address, 'carers.test')
    const result = await deploy(
      carers(host, 'v2', { application: Django.at('django/website').withoutChecks() }),
    )
    await client.stop()
    expect(result.error).toBeUndefined()
    expect(result.warnings.join('\n')).not.toContain('security.W')
    expect(result.outcome).toBe('deployed')
    expect(result.migrations).toEqual(['visits.0002_visit_note'])
    expect(result.commits.map(({ subject }) => subject)).toEqual(['Version 2'])
    expect(Object.keys(client.counts).sort()).toEqual(['carers version 1', 'carers version 2', 'maintenance'])
    const measured = result.downtime?.milliseconds ?? Number.NaN
    expect(Math.abs(measured - client.downtime) / client.downtime).toBeLessThan(0.2)
    expect(await page(server)).toBe('carers version 2\ngreeting 2.0\nvisits 3\nlegacy gone')
    expect(await page(server, '/static/visits/site.css')).toContain('navy')
    expect(await sql('SELECT DISTINCT note FROM visits_visit')).toBe('old')
  })

  it('goes back to the first version, and lists what is live', async () => {
    const result = await rollback(carers(host, 'v2'))
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed')
    expect(await page(server)).toContain('carers version 1')
    const list = await versions(carers(host, 'v2'))
    expect(list.map(({ status, live }) => [status, live])).toEqual([
      ['rolled-back', false],
      ['live', true],
    ])
    expect(list[1]?.revision).toBe(await repository.git('rev-parse', 'v1'))
  })

  it('brings a version without a migration: no request fails, no pip runs, one connection', async () => {
    await deploy(carers(host, 'v2'))
    await server.exec(
      'for pip in /var/django/carers/.dye/virtualenvs/*/lib/python3*/site-packages/pip; do mv $pip $pip.gone; done',
    )
    const client = new AskingClient(server.address, 'carers.test')
    const result = await deploy(carers(host, 'v3'))
    await client.stop()
    await server.exec(
      'for pip in /var/django/carers/.dye/virtualenvs/*/lib/python3*/site-packages/pip.gone; do mv $pip $(dirname $pip)/pip; done',
    )
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed')
    expect(result.downtime).toBeUndefined()
    expect(statusOf(result, 'build-virtualenv')).toBe('unchanged')
    expect(Object.keys(client.counts).sort()).toEqual(['carers version 2', 'carers version 3'])
    expect(result.connections).toBe(1)
    expect(result.roundTrips).toBe(3)
    expect(await page(server)).toContain('carers version 3')
  })

  it.each([
    ['twelve', 'a hook', 12, (run: () => void) => run],
    ['twelve', 'an asynchronous hook', 12, (run: () => void) => async () => run()],
  ])('costs %s round trips at most with %s before and after every step', async (_, __, most, make) => {
    const moments: string[] = []
    const say = (moment: string) => make(() => moments.push(moment))
    const hooks = {
      before: Object.fromEntries(order.map(({ name }) => [name, say(`before ${name}`)])),
      after: Object.fromEntries(order.map(({ name }) => [name, say(`after ${name}`)])),
      preDeploy: say('preDeploy'),
      postDeploy: say('postDeploy'),
    }
    const result = await deploy(carers(host, 'v3', { hooks }))
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed')
    expect(moments).toHaveLength(2 * order.length + 2)
    expect(result.roundTrips).toBeLessThanOrEqual(most)
    expect(result.connections).toBe(1)
    expect(result.steps.map(({ step }) => step)).toEqual(order.map(({ name }) => name))
  })

  it.each(NUMBERS)('goes back by itself when migration %i of 3 fails, database and all', async failing => {
    const all = `CHECKSUM TABLE visits_visit; SELECT COUNT(*) FROM visits_visit; SHOW CREATE TABLE visits_visit;
      SELECT app, name FROM django_migrations ORDER BY app, name`
    const before = await sql(all)
    const result = await deploy(carers(host, `failing-${failing}`))
    expect(result.outcome).toBe('rolled-back')
    expect(result.exitCode).toBe(1)
    expect(result.error?.message).toContain('this migration fails')
    expect(result.downtime?.milliseconds).toBeGreaterThan(0)
    expect(await page(server)).toContain('carers version 3\ngreeting 2.0\nvisits 3')
    expect(await sql(all)).toBe(before)
    expect(await isLockFree()).toBe(true)
  })

  it('needs nothing to be cleaned by hand before the next deploy', async () => {
    expect((await deploy(carers(host, 'v3'))).outcome).toBe('deployed')
  })

  it('goes back when the new release does not answer, and says what the web server said', async () => {
    const application = Django.at('django/website').withoutStaticFiles() // its checks, which fail, are made all the same
    const result = await deploy(carers(host, 'broken-page', { application }))
    expect(result.outcome).toBe('rolled-back')
    expect(result.steps.find(({ step }) => step === 'collect-assets')?.note).toBe('there are none')
    expect(result.error?.message).toContain('RuntimeError: broken')
    expect(await page(server)).toContain('carers version 3')
  })

  it('touches nothing when the web server refuses the configuration', async () => {
    const result = await deploy(carers(host, 'broken-configuration'))
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.error).toMatchObject({ code: 'BAD_CONFIGURATION' })
    expect(result.error?.message).toContain('NoSuchDirective')
    expect(await page(server)).toContain('carers version 3')
    expect((await server.exec('apache2ctl configtest 2>&1')).stdout).toContain('Syntax OK')
  })

  it('fails before the switch when a hook throws, and leaves the old site', async () => {
    const moments: string[] = []
    const result = await deploy(
      carers(host, 'v2', {
        hooks: {
          preDeploy: ({ release }) => moments.push(`preDeploy ${release.revision}`),
          before: {
            'fetch-source': () => moments.push('before fetch-source'),
            'switch-release': async ({ host: there, release }) => {
              const { stdout } = await there.within(release.path).ask`git rev-parse HEAD`
              moments.push(`before switch-release ${stdout === release.revision}`)
              throw new Error('not today')
            },
          },
          after: {
            'fetch-source': ({ release }) => moments.push(`after fetch-source ${release.revision.length}`),
          },
          onFailure: ({ error }) => moments.push(`onFailure ${error.name}`),
          postDeploy: () => moments.push('postDeploy'),
        },
      }),
    )
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.error).toMatchObject({ code: 'HOOK_FAILED', moment: 'before switch-release' })
    expect(moments).toEqual([
      'preDeploy undefined',
      'before fetch-source',
      'after fetch-source 40',
      'before switch-release true',
      'onFailure HookError',
    ])
    expect(await page(server)).toContain('carers version 3')
    expect((await server.exec('ls /var/django/carers')).stdout).not.toContain('next')
  })

  it('stops when the live release was changed by hand, unless told to go on', async () => {
    await server.exec('echo "# by hand" >>/var/django/carers/dev/django/website/urls.py')
    const stopped = await deploy(carers(host, 'v3'))
    expect(stopped.outcome).toBe('failed-before-switch')
    expect(stopped.error).toMatchObject({ code: 'STOPPED_BY_QUESTION', question: 'liveChanges' })
    expect(stopped.error?.message).toContain(' M django/website/urls.py')
    const on = await deploy(carers(host, 'v3', { questions: { liveChanges: 'continue' } }))
    expect(on.outcome).toBe('deployed')
    expect(on.warnings.join()).toContain('changed by hand')
  })

  it('runs one deploy at a time, and says who holds the lock', async () => {
    const second = sshHost(server)
    let refused: DeployResult | undefined
    const first = await deploy(
      carers(host, 'v3', {
        hooks: {
          preDeploy: async () => {
            refused = await deploy(carers(second, 'v3'))
          },
        },
      }),
    )
    expect(first.outcome).toBe('deployed')
    expect(refused?.outcome).toBe('failed-before-switch')
    expect(refused?.error?.message).toContain('is running since')
    expect(refused?.error).toBeInstanceOf(LockError)
    expect(refused?.error).toMatchObject({ owner: { pid: process.pid, action: 'deploy' } })
  })

  it('keeps five good releases besides the live one', async () => {
    for (let more = 0; more < 5; more += 1)
      expect((await deploy(carers(host, 'v3'))).outcome).toBe('deployed')
    const list = await versions(carers(host, 'v3'))
    expect(list.filter(({ status }) => status === 'previous')).toHaveLength(5)
    const { stdout } = await server.exec('ls /var/django/carers/previous')
    expect(stdout.split('\n').sort()).toEqual(list.map(({ release }) => release).sort())
  })

  it('tells no secret in events, results or process lists', async () => {
    const { stdout } = await server.exec('cat /var/django/carers/shared/django/website/private_settings.py')
    const secrets = [...stdout.matchAll(/"(.*)"/g)].map(match => match[1] ?? '')
    expect(secrets.map(secret => secret.length)).toEqual([50, 32])
    const header = await server.exec("sed 's/.*: //' /var/django/carers/.dye/check-header")
    await server.exec('rm /etc/apache2/conf-enabled/dye-carers.conf') // so that all is set up anew
    const options = carers(host, 'v2')
    const running = deploy(options)
    let isOver = false
    let processes = ''
    void running.finally(() => {
      isOver = true
    })
    while (!isOver)
      processes += (await server.exec("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")).stdout
    const told = JSON.stringify([options.events, await running]) + processes
    expect((await running).outcome).toBe('deployed')
    expect(processes).toContain('collectstatic')
    for (const secret of [...secrets, header.stdout]) expect(told).not.toContain(secret)
  })
})
