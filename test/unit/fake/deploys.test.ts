import { beforeAll, describe, expect, it } from 'vitest'
import { versions } from '../../../src/deploy/afterwards/versions.js'
import { deploy } from '../../../src/deploy/deploy.js'
import type { DeployOptions } from '../../../src/deploy/options.js'
import { order } from '../../../src/deploy/order.js'
import type { DeployResult } from '../../../src/deploy/result.js'
import { rollback } from '../../../src/deploy/rollback.js'
import { FakeHost, type FakeRepository } from '../../../src/testing.js'
import { BY_NGINX, carers, REPOSITORY } from '../../support/carers.js'
import { carersRepository } from '../../support/carers-in-memory.js'

const HOME = '/var/django/carers'

let repository: FakeRepository

beforeAll(async () => {
  repository = await carersRepository()
})

function server(name = 'web1'): FakeHost {
  return FakeHost.server({ name, repositories: { [REPOSITORY]: repository } })
}

/** A server with version 1, live. */
async function deployed(name?: string): Promise<FakeHost> {
  const host = server(name)
  const { error } = await deploy(carers(host, 'v1'))
  expect(error).toBeUndefined()
  return host
}

/** The link to the live release. */
function live(host: FakeHost): string | undefined {
  return host.tree(HOME, 1).find(line => line.startsWith('dev -> '))
}

async function journal(host: FakeHost): Promise<readonly string[]> {
  const list = await versions(carers(host, 'v1'))
  return list.map(({ status }) => status)
}

function statusOf(result: DeployResult, step: string): string | undefined {
  return result.steps.find(record => record.step === step)?.status
}

const migrations = (host: FakeHost) => host.rows('carers', 'django_migrations')

describe('on a server in memory', () => {
  it('a first deploy brings everything about, in as many round trips as on a real one', async () => {
    const host = server()
    const result = await deploy(carers(host, 'v1'))
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed')
    expect(result.roundTrips).toBe(3)
    expect(result.connections).toBe(1)
    expect(result.revision).toBe(repository.revision('v1'))
    expect(result.migrations).toEqual(['visits.0001_initial'])
    expect(live(host)).toBe(`dev -> previous/${result.release}`)
    const settings = await host.files.stat(`${HOME}/shared/django/website/private_settings.py`)
    expect([settings?.mode, settings?.owner]).toEqual([0o600, 'deploy'])
    expect(await host.files.list('/etc/cron.d')).toEqual(['carers-daily-dump', 'carers-visits'])
    expect(await host.files.readText(`${HOME}/dev/django/website/static/visits/site.css`)).toContain('black')
    expect(migrations(host)).toEqual(["'visits.0001_initial'"])
  })

  it('an update with a migration has its window, and one without has none', async () => {
    const host = await deployed()
    const result = await deploy(carers(host, 'v2'))
    expect(result.outcome).toBe('deployed')
    expect(result.migrations).toEqual(['visits.0002_visit_note'])
    expect(result.commits.map(({ subject }) => subject)).toEqual(['Version 2'])
    expect(result.downtime?.milliseconds).toBeGreaterThan(0)
    const again = await deploy(carers(host, 'v2'))
    expect(again.outcome).toBe('deployed')
    expect(again.downtime).toBeUndefined()
    expect(statusOf(again, 'build-virtualenv')).toBe('unchanged')
    expect(await journal(host)).toEqual(['live', 'previous', 'previous'])
  })

  it('a migration that fails is taken back with the dump of the window', async () => {
    const host = await deployed()
    await deploy(carers(host, 'v2'))
    const before = live(host)
    const result = await deploy(carers(host, 'failing-migration'))
    expect(result.outcome).toBe('rolled-back')
    expect(result.error?.message).toContain('this migration fails')
    expect(live(host)).toBe(before)
    expect(migrations(host)).toEqual(["'visits.0001_initial'", "'visits.0002_visit_note'"])
    expect(await host.files.exists(`${HOME}/.dye/maintenance`)).toBe(false)
  })

  it('a rollback goes back to the version before, also with its migrations', async () => {
    const host = await deployed()
    const first = live(host)
    await deploy(carers(host, 'v2'))
    const result = await rollback({ ...carers(host, 'v2'), databaseBack: 'migrate' })
    expect(result.error).toBeUndefined()
    expect(live(host)).toBe(first)
    expect(migrations(host)).toEqual(["'visits.0001_initial'"])
    expect(await journal(host)).toEqual(['rolled-back', 'live'])
  })

  it('a rollback can bring back the dump', async () => {
    const host = await deployed()
    await deploy(carers(host, 'v2'))
    const result = await rollback({ ...carers(host, 'v2'), databaseBack: 'restore' })
    expect(result.error).toBeUndefined()
    expect(migrations(host)).toEqual(["'visits.0001_initial'"])
  })

  it('two hosts are deployed to together, and both go back if one fails', async () => {
    const [one, two] = [await deployed('web1'), await deployed('web2')]
    const before = [live(one), live(two)]
    const good = await deploy({ ...carers(one, 'v2'), hosts: [one, two] })
    expect(good.hosts.map(({ host, outcome }) => [host, outcome])).toEqual([
      ['web1', 'deployed'],
      ['web2', 'deployed'],
    ])
    expect([live(one), live(two)]).not.toEqual(before)
    const [second, third] = [live(one), live(two)]
    two.failAt({ step: 'switch-release', stderr: 'no' })
    const bad = await deploy({ ...carers(one, 'v1'), hosts: [one, two] })
    expect(bad.outcome).toBe('rolled-back')
    expect([live(one), live(two)]).toEqual([second, third])
  })

  it('Apache may be laid out as Red Hat does, and nginx may be in its place', async () => {
    const repositories = { [REPOSITORY]: repository }
    const redHat = FakeHost.server({ os: 'redhat', repositories })
    expect((await deploy(carers(redHat, 'v1'))).error).toBeUndefined()
    expect(await redHat.files.list('/etc/httpd/conf.d')).toEqual(['carers.conf', 'dye-carers.conf'])
    const packages = ['curl', 'git', 'mariadb', 'nginx', 'python3', 'sudo'] as const
    const byNginx = FakeHost.server({ packages, repositories })
    for (const tag of ['v1', 'v2'])
      expect((await deploy(carers(byNginx, tag, BY_NGINX))).error).toBeUndefined()
  })

  it('hooks have a real host before them', async () => {
    const host = await deployed()
    const result = await deploy({
      ...carers(host, 'v1'),
      hooks: {
        before: {
          'switch-release': async ({ host: here, release }) => {
            await here.within(release.path).run`printf '%s\n' ${'it’s new'} >NEWS && chmod 600 NEWS`
          },
        },
      },
    })
    expect(result.outcome).toBe('deployed')
    expect(await host.files.readText(`${HOME}/dev/NEWS`)).toBe('it’s new\n')
  })

  it('what was changed by hand is found', async () => {
    const host = await deployed()
    await host.files.write(`${HOME}/dev/django/website/urls.py`, 'changed')
    const result = await deploy(carers(host, 'v2'))
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.error?.message).toContain('M django/website/urls.py')
  })
})

/** Steps of what these deploys do not have, or that send nothing to a server with a migration pending. */
const SILENT = /balancer$|processes$|^check-branch$|^prune-releases$/

const SENDING = order.map(({ name }) => name).filter(name => !SILENT.test(name))

describe('what goes wrong on a server in memory', () => {
  const beforeLive = SENDING.slice(0, SENDING.indexOf('link-cron'))

  it.each(beforeLive)('a failure of %s leaves the old release live', async step => {
    const host = await deployed()
    const before = live(host)
    const result = await deploy(carers(host.failAt({ step, exitCode: 9, stderr: 'as was wished' }), 'v2'))
    expect(['rolled-back', 'failed-before-switch']).toContain(result.outcome)
    expect(statusOf(result, step)).toBe('failed')
    expect(live(host)).toBe(before)
    expect(migrations(host)).toEqual(["'visits.0001_initial'"])
    expect((await deploy(carers(host, 'v2'))).outcome).toBe('deployed')
  })

  it.each(SENDING)('a connection that is lost at %s leaves one release live, whole', async step => {
    const host = await deployed()
    const before = live(host)
    const result = await deploy(carers(host.dropAt(step), 'v2'))
    expect(result.error?.message ?? result.warnings.join()).toContain('the connection was lost')
    const isBefore = beforeLive.includes(step)
    expect(live(host) === before).toBe(isBefore)
    expect(migrations(host)).toHaveLength(isBefore ? 1 : 2)
    expect(await host.files.exists(`${HOME}/.dye/maintenance`)).toBe(false)
    const questions: DeployOptions['questions'] = { leftOver: 'continue' }
    expect((await deploy({ ...carers(host, 'v2'), questions })).outcome).toBe('deployed')
  })

  it('a disk that fills up while the database is dumped ends the deploy, and all stays as it was', async () => {
    const host = await deployed()
    const before = live(host)
    const result = await deploy(carers(host.fillDisk('dump-database'), 'v2'))
    expect(result.error?.message).toContain('No space left on device')
    expect(live(host)).toBe(before)
    host.freeDisk()
    expect((await deploy(carers(host, 'v2'))).outcome).toBe('deployed')
  })

  it('a full disk is asked about first', async () => {
    const host = await deployed()
    const result = await deploy(carers(host.fillDisk(), 'v2'))
    expect(statusOf(result, 'check-disk')).not.toBe('unchanged')
    expect(result.outcome).toBe('failed-before-switch')
  })

  it('a step that takes too long is ended', async () => {
    const host = await deployed()
    host.slow(60_000, { step: 'fetch-source' })
    const result = await deploy({ ...carers(host, 'v2'), stepTimeout: 20 })
    expect(result.error).toMatchObject({ code: 'TIMED_OUT' })
    expect(result.outcome).toBe('failed-before-switch')
  })

  it('a deploy can be cancelled at any step', async () => {
    const host = await deployed()
    const before = live(host)
    const stop = new AbortController()
    const options = carers(host, 'v2', {
      signal: stop.signal,
      onEvent: event => {
        if (event.type === 'step-started' && event.step === 'migrate-database') stop.abort()
      },
    })
    const result = await deploy(options)
    expect(result.outcome).toBe('cancelled')
    expect(live(host)).toBe(before)
  })

  it('a second deploy finds the lock held, and says by whom', async () => {
    const host = await deployed()
    let second: DeployResult | undefined
    await deploy({
      ...carers(host, 'v2'),
      hooks: {
        before: {
          'fetch-source': async () => {
            second = await deploy(carers(host, 'v2'))
          },
        },
      },
    })
    expect(second?.error).toMatchObject({ code: 'LOCKED' })
  })
})
