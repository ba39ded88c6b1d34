import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, Django, deploy, type Host, rollback, versions } from 'dye-deploy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const SQLITE = '/var/django/carers/shared/data/site.sqlite3'

const FAIL = `
from django.db import migrations


def fail(apps, schema_editor):
    apps.get_model('visits', 'Visit').objects.all().delete()
    raise RuntimeError('this migration fails')


class Migration(migrations.Migration):
    atomic = False
    dependencies = [('visits', '0002_visit_note')]
    operations = [migrations.RunPython(fail)]
`

const KINDS = [
  {
    title: 'PostgreSQL',
    database: Database.postgresql({ name: 'carers' }),
    settings: `    'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'carers', 'USER': 'carers', 'PASSWORD': DB_PASSWORD, 'HOST': '127.0.0.1'},
    'other': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '/tmp/other.sqlite3'},`,
    aliases: ['default', 'other'],
    services: ['apache2', 'postgresql'],
  },
  {
    title: 'SQLite',
    database: Database.sqlite({ file: SQLITE }),
    settings: `    'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '${SQLITE}'},`,
    aliases: ['default'],
    services: ['apache2'],
  },
] as const

needsTestServer('the seed project', () => {
  describe.each(KINDS)('on $title', ({ database, settings, aliases, services }) => {
    let server: TestServer
    let host: Host
    let directory: string

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'dye-seed-'))
      server = await TestServer.start({ with: services })
      host = sshHost(server)
      const repository = await ProjectRepository.create(join(directory, 'project'))
      const local = `from private_settings import DB_PASSWORD  # noqa: F401\n\nDATABASES = {\n${settings}\n}\n`
      await repository.commit('v1', { 'django/website/local_settings.py.production': local })
      await repository.version2()
      await repository.commit('failing', { 'django/website/visits/migrations/0003_fail.py': FAIL })
      const text = await repository.read('django/website/settings.py')
      await repository.commit('forgotten', {
        'django/website/settings.py': text.replace(/^from local_settings.*$/m, '# nothing'),
      })
      await repository.pushTo(server, REPOSITORY)
    })

    afterAll(async () => {
      await host?.close()
      await server?.stop()
      await rm(directory, { recursive: true, force: true })
    })

    const options = (tag: string) =>
      carers(host, tag, { database, application: Django.at('django/website').databases(...aliases) })

    it('is there after the first deploy, which makes all that it needs', async () => {
      const result = await deploy(options('v1'))
      expect(result.error).toBeUndefined()
      expect(result.warnings.join('\n')).toMatch(/^security\.W\d+: /m)
      const { stdout } = await server.exec('ls /var/django/carers/dev/django/website/static/visits')
      expect(stdout).toBe('site.css')
      await page(server, '/add')
      expect(await page(server)).toBe('carers version 1\ngreeting 1.0\nvisits 1\nlegacy present')
    })

    it('has nothing to do for database and virtualenv the second time', async () => {
      const result = await deploy(options('v1'))
      expect(result.error).toBeUndefined()
      const steps = Object.fromEntries(result.steps.map(({ step, status }) => [step, status]))
      expect(steps['ensure-database']).toBe('unchanged')
      expect(steps['build-virtualenv']).toBe('unchanged')
      expect(await page(server)).toContain('visits 1')
    })

    it('gets its migrations, and its data back when one fails', async () => {
      expect((await deploy(options('v2'))).migrations).toEqual(
        aliases.map(alias => `${alias === 'default' ? '' : `${alias}:`}visits.0002_visit_note`),
      )
      await page(server, '/add')
      const failed = await deploy(options('failing'))
      expect(failed.outcome).toBe('rolled-back')
      expect(await page(server)).toBe('carers version 2\ngreeting 2.0\nvisits 2\nlegacy gone')
    })

    it('is not deployed when its settings would leave out those of the environment', async () => {
      const result = await deploy(options('forgotten'))
      expect(result.outcome).toBe('failed-before-switch')
      expect(result.error?.message).toContain('no settings in django/website import local_settings')
    })

    it('goes back with all its databases, migration by migration', async () => {
      const result = await rollback({ ...options('v2'), databaseBack: 'migrate' })
      expect(result.error).toBeUndefined()
      expect(result.migrations).toEqual(
        aliases.map(alias => `${alias === 'default' ? '' : `${alias}:`}visits.0002_visit_note`),
      )
      expect(await page(server)).toBe('carers version 1\ngreeting 1.0\nvisits 2\nlegacy present')
      expect((await deploy(options('v2'))).migrations).toEqual(result.migrations)
    })

    it('goes back with its database', async () => {
      await page(server, '/add')
      const result = await rollback({ ...options('v2'), databaseBack: 'restore' })
      expect(result.error).toBeUndefined()
      expect(await page(server)).toBe('carers version 1\ngreeting 1.0\nvisits 2\nlegacy present')
      const dumps = (await versions(options('v2'))).map(({ dumpAfter }) => dumpAfter)
      expect(dumps.some(Boolean)).toBe(true)
    })
  })
})
