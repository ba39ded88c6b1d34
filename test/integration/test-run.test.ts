import { readFile, readlink, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  Database,
  Django,
  develop,
  installManageWrapper,
  runTests,
  type TestRunOptions,
  Virtualenv,
} from 'dye-deploy'
import { execa } from 'execa'
import { beforeAll, expect, it } from 'vitest'
import { needsModules } from '../support/needs.js'
import { HERMETIC_GIT, ProjectRepository } from '../support/project-repository.js'
import { localPlace } from '../support/temporary.js'

const WEBSITE = 'django/website'

const settings = (file: string) => `import os
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': os.path.join(os.path.dirname(__file__), '${file}')}}
`

const TESTS = `from django.test import TestCase

from visits.models import Visit


class VisitTest(TestCase):
    def test_is_counted(self):
        Visit.objects.create(name='somebody')
        self.assertEqual(Visit.objects.count(), 1)


class OtherTest(TestCase):
    def test_adds(self):
        self.assertEqual(1 + 1, EXPECTED)


EXPECTED = 2
`

needsModules(['django', 'ensurepip', 'coverage', 'pytest_django'], 'the tests of a checkout', () => {
  const place = localPlace()
  const application = Django.at(WEBSITE)
  const virtualenv = Virtualenv.at(`${WEBSITE}/.ve`)
    .requirements('deploy/pip_packages.txt')
    .interpreter('/usr/bin/python3')
    .systemSitePackages()
  let repository: ProjectRepository
  let checkout: string

  beforeAll(async () => {
    repository = await ProjectRepository.create(join(place.directory, 'project'))
    checkout = join(place.directory, 'check out')
    await repository.commit('tests', {
      [`${WEBSITE}/visits/tests.py`]: TESTS,
      [`${WEBSITE}/local_settings.py.dev`]: settings('dev.sqlite3'),
      [`${WEBSITE}/local_settings.py.ci`]: settings('ci.sqlite3'),
      [`${WEBSITE}/pytest.ini`]:
        '[pytest]\nDJANGO_SETTINGS_MODULE = settings\npython_files = tests.py manage.py\n',
    })
    await execa('git', ['clone', '--quiet', repository.directory, checkout], { env: HERMETIC_GIT })
    await develop({ directory: checkout, virtualenv, application })
    await installManageWrapper({ directory: checkout, project: WEBSITE })
  })

  const run = (more: Partial<TestRunOptions> = {}) =>
    runTests({ directory: checkout, virtualenv, application, ...more })

  it('are run, all of them, and lines are counted', async () => {
    let heard = ''
    const result = await run({ onOutput: text => (heard += text) })
    expect(result).toMatchObject({ passed: true, tests: 2, environment: 'dev' })
    expect(result.coverage).toBeGreaterThan(20)
    expect(result.coverage).toBeLessThan(100)
    expect(heard).toContain('Ran 2 tests in')
  })

  it('are run as far as is wanted, with nobody counting', async () => {
    const result = await run({ only: ['visits.tests.VisitTest'], coverage: false })
    expect(result).toMatchObject({ passed: true, tests: 1, coverage: undefined })
  })

  it('are run by pytest', async () => {
    expect(await run({ runner: 'pytest' })).toMatchObject({ passed: true, tests: 2 })
    const [one] = [await run({ runner: 'pytest', only: ['-k', 'adds'], coverage: false })]
    expect(one).toMatchObject({ passed: true, tests: 1 })
  })

  it.each(['django', 'pytest'] as const)('fail without an error, by %s', async runner => {
    const file = join(checkout, WEBSITE, 'visits/tests.py')
    await execa('sed', ['-i', 's/^EXPECTED = 2/EXPECTED = 3/', file])
    expect(await run({ runner })).toMatchObject({ passed: false, tests: 2 })
    await execa('git', ['checkout', '--quiet', file], { cwd: checkout, env: HERMETIC_GIT })
  })

  it('that could not be run at all are an error', async () => {
    await expect(run({ only: ['no.such.module'], runner: 'pytest' })).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    })
    const broken = run({ application: Django.at('apache') })
    await expect(broken).rejects.toThrow('has no settings for "dev"')
  })

  it('begin afresh for continuous integration', async () => {
    const secrets = join(checkout, WEBSITE, 'private_settings.py')
    const before = await readFile(secrets, 'utf8')
    const database = Database.sqlite({ file: join(checkout, WEBSITE, 'ci.sqlite3') })
    const result = await run({ ci: true, database })
    expect(result).toMatchObject({ passed: true, tests: 2, environment: 'ci' })
    expect(await readFile(secrets, 'utf8')).not.toBe(before)
    expect(await readlink(join(checkout, WEBSITE, 'local_settings.py'))).toBe('local_settings.py.ci')
    await database.exists(place.host)
    const visits = `import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute("INSERT INTO visits_visit (name) VALUES ('x')"); d.commit()`
    const count = `import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT COUNT(*) FROM visits_visit').fetchone()[0])`
    const file = join(checkout, WEBSITE, 'ci.sqlite3')
    await execa('/usr/bin/python3', ['-c', visits, file])
    expect((await execa('/usr/bin/python3', ['-c', count, file])).stdout).toBe('1')
    await run({ ci: true, database })
    expect((await execa('/usr/bin/python3', ['-c', count, file])).stdout).toBe('0')
    await rm(file)
    expect((await run({ environment: 'dev' })).environment).toBe('dev')
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })

  it('are never run with the settings of production', async () => {
    await expect(run({ environment: 'production' })).rejects.toThrow(
      'never run with the settings of production',
    )
    await expect(run({ environment: 'production', ci: true })).rejects.toThrow('never run with the settings')
  })
})
