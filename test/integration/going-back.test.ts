import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeployOptions, deploy, type Host, redeploy, rollback, status, versions } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { change } from '../../src/command/command.js'
import { resolveOptions } from '../../src/deploy/options.js'
import { order } from '../../src/deploy/order.js'
import { rollbackOrder } from '../../src/deploy/rollback.js'
import { Run } from '../../src/deploy/runner.js'
import type { Step } from '../../src/deploy/step.js'
import { carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { startCarersServer } from '../support/carers-server.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import type { TestServer } from '../support/test-server.js'

const IRREVERSIBLE = `
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('visits', '0002_visit_note')]
    operations = [migrations.RunPython(lambda apps, schema_editor: None)]
`

needsTestServer('a way back', () => {
  let server: TestServer
  let host: Host
  let repository: ProjectRepository
  let directory: string

  const sql = async (statement: string) =>
    (await server.exec('mariadb -N carers', { input: statement })).stdout
  const visits = async () => /visits (\d+)/.exec(await page(server))?.[1]
  const options = (tag: string, more: Partial<DeployOptions> = {}) => carers(host, tag, more)
  const deployed = async (tag: string) => {
    const result = await deploy(options(tag))
    expect(result.error).toBeUndefined()
    return result
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-back-'))
    server = await startCarersServer('apache2', 'mariadb')
    host = sshHost(server)
    repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    await repository.commit('one-way', {
      'django/website/visits/migrations/0003_one_way.py': IRREVERSIBLE,
    })
    await repository.pushTo(server, REPOSITORY)
    await deployed('v1')
    await page(server, '/add')
    await deployed('v2')
    await page(server, '/add')
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('takes migrations back with the newer code, and loses nothing that was written', async () => {
    const result = await rollback({ ...options('v2'), databaseBack: 'migrate' })
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed')
    expect(result.migrations).toEqual(['visits.0002_visit_note'])
    expect(result.downtime?.milliseconds).toBeGreaterThan(0)
    expect(await page(server)).toBe('carers version 1\ngreeting 1.0\nvisits 2\nlegacy present')
    expect(await sql('SHOW COLUMNS FROM visits_visit')).not.toContain('note')
    expect(await sql("SELECT name FROM django_migrations WHERE app = 'visits'")).toBe('0001_initial')
  })

  it('brings the dump of the older release back, and what was written since is in another one', async () => {
    await deployed('v2')
    await page(server, '/add')
    expect(await visits()).toBe('3')
    const result = await rollback({ ...options('v2'), databaseBack: 'restore' })
    expect(result.error).toBeUndefined()
    expect(await page(server)).toContain('carers version 1\ngreeting 1.0\nvisits 2')
    const left = (await versions(options('v2')))[0]
    expect(left).toMatchObject({ status: 'rolled-back' })
    const { stdout } = await server.exec(
      `gzip -dc '${left?.dumpAfter}' | grep -c 'INSERT INTO .visits_visit'`,
    )
    expect(stdout).toBe('1')
  })

  it('leaves the database alone when nothing else is said, and finds a release by its revision', async () => {
    await deployed('v2')
    await page(server, '/add')
    const revision = await repository.git('rev-parse', 'v1')
    const result = await rollback({ ...options('v2'), to: revision.slice(0, 10) })
    expect(result.error).toBeUndefined()
    expect(result.downtime).toBeUndefined()
    expect(result.revision).toBe(revision)
    expect(await sql('SELECT COUNT(*) FROM visits_visit')).toBe('3')
    expect(await sql('SHOW COLUMNS FROM visits_visit')).toContain('note')
    expect(await status({ ...options('v2') })).toMatchObject([
      {
        live: { revision },
        held: undefined,
        closed: undefined,
        commits: [{ subject: 'Version 1' }],
      },
    ])
  })

  it.each(['deploy', 'rollback'] as const)(
    'of a %s that fails when the site is on already keeps what a visitor has written',
    async action => {
      const { release: to } = await deployed('v1')
      await deployed('v2')
      const back = { to, databaseBack: 'migrate' } as const
      if (action === 'deploy') expect((await rollback({ ...options('v1'), ...back })).error).toBeUndefined()
      const before = await sql('SELECT COUNT(*) FROM visits_visit')
      const failing = (step: Step): Step => ({
        ...step,
        script: context => {
          const { commands, ...rest } = step.script(context)
          const visit = change`curl -fsS -o /dev/null -H 'Host: carers.test' http://127.0.0.1/add; exit 1`
          return { ...rest, commands: [...commands, visit] }
        },
      })
      const steps = (action === 'deploy' ? order : rollbackOrder(back)).map(step =>
        step.name === 'site-on' ? failing(step) : step,
      )
      const plan = { options: resolveOptions(options('v2')), steps, hooks: {}, replacements: new Map() }
      const result = await new Run({ action, ...plan }).run()
      expect(result.outcome).toBe('rolled-back')
      expect(await sql('SELECT COUNT(*) FROM visits_visit')).toBe(String(Number(before) + 1))
      expect(await page(server)).toContain(`carers version ${action === 'deploy' ? 1 : 2}`)
    },
  )

  it('refuses a migration that has no way back, before anything is touched', async () => {
    await deployed('one-way')
    const before = await server.exec(
      'readlink /var/django/carers/dev; mariadb-dump --skip-dump-date carers | sha256sum',
    )
    const result = await rollback({ ...options('one-way'), databaseBack: 'migrate' })
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.error).toMatchObject({ code: 'MIGRATIONS_IRREVERSIBLE' })
    expect(result.error?.message).toContain('these have no way back: visits.0003_one_way')
    expect(
      await server.exec('readlink /var/django/carers/dev; mariadb-dump --skip-dump-date carers | sha256sum'),
    ).toEqual(before)
  })

  it('refuses a dump that is broken, or none, before anything is touched', async () => {
    const live = await page(server)
    const to = (await versions(options('v2'))).find(({ dumpAfter, live: isLive }) => dumpAfter && !isLive)
    await server.exec(`truncate -s 100 '${to?.dumpAfter}'`)
    const back = { ...options('v2'), databaseBack: 'restore' as const, to: to?.release ?? '' }
    expect((await rollback(back)).error).toMatchObject({ code: 'NO_DUMP' })
    await server.exec(`rm '${to?.dumpAfter}'`)
    expect((await rollback(back)).error?.message).toContain('is gone')
    expect(await page(server)).toBe(live)
  })

  it('deletes everything and deploys afresh, but never on production', async () => {
    expect(() => redeploy(options('v1'))).toThrow(/production is never deleted/)
    const old = (await versions(options('v1'))).map(({ release }) => release)
    await server.exec('touch /var/django/carers/shared/django/website/uploads/photo')
    const local = await repository.read('django/website/local_settings.py.production')
    await repository.commit('staging', { 'django/website/local_settings.py.staging': local })
    await repository.pushTo(server, REPOSITORY)
    const result = await redeploy(options('staging', { environment: 'staging' }))
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed')
    const now = (await versions(options('v1'))).map(({ release }) => release)
    expect(now).toEqual([result.release])
    expect(old).not.toContain(result.release)
    const { stdout } = await server.exec(
      'ls /var/django/carers/previous /var/django/carers/shared/django/website/uploads',
    )
    expect(stdout).not.toContain('photo')
    expect(await page(server)).toContain('carers version 2')
    expect((await server.exec('flock -n /var/django/carers/.dye/lock echo free')).stdout).toBe('free')
  })
})
