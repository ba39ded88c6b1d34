import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  cleanDatabase,
  Database,
  type DeployOptions,
  Django,
  deploy,
  dumpDatabase,
  type Host,
  manage,
  restoreDatabase,
  updateVirtualenv,
  Virtualenv,
  versions,
} from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { makeWheel, ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const HOME = '/var/django/carers'
const SITE = `${HOME}/dev/django/website`
const TESTS = `from django.test import TestCase

from visits.models import Visit


class VisitTest(TestCase):
    def test_is_counted(self):
        Visit.objects.create(name='somebody')
        self.assertEqual(Visit.objects.count(), 1)
`
const UPLOADING = `
    import settings
    open(settings.MEDIA_ROOT + '/by-the-site.txt', 'w').close()
    Visit.objects.create`

needsTestServer('a site that was deployed', () => {
  let server: TestServer
  let host: Host
  let directory: string

  /** Puts a wheel of the package onto the server. */
  const bringWheel = async (version: string) => {
    const wheels = await mkdtemp(join(directory, 'wheels-'))
    await makeWheel(wheels, version)
    await host.upload(wheels, 'wheels')
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-afterwards-'))
    server = await TestServer.start({ with: ['apache2', 'mariadb'] })
    host = sshHost(server)
    await bringWheel('1.0')
    const repository = await ProjectRepository.create(join(directory, 'project'))
    const read = (path: string) => repository.read(path)
    await repository.commit('v1', {
      'deploy/pip_packages.txt': '--no-index\n--find-links /home/deploy/wheels\nDjango>=3.2\ngreeting\n',
      'apache/production.conf': (await read('apache/production.conf')).replace(
        'user=deploy group=deploy',
        'user=www-data group=www-data',
      ),
      'django/website/urls.py': (await read('django/website/urls.py')).replace(
        '\n    Visit.objects.create',
        UPLOADING,
      ),
      'django/website/visits/tests.py': TESTS,
    })
    await repository.pushTo(server, REPOSITORY)
    await server.exec(
      `mariadb -e "ALTER USER root@localhost IDENTIFIED VIA mysql_native_password USING PASSWORD('r00t')"`,
    )
    const result = await deploy(options())
    expect(result.error).toBeUndefined()
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const virtualenv = Virtualenv.at('django/website/.ve')
    .requirements('deploy/pip_packages.txt')
    .systemSitePackages()
  let asked = 0
  const administrator = {
    password: () => {
      asked += 1
      return 'r00t'
    },
  }
  const options = (more: Partial<DeployOptions> = {}) =>
    carers(host, 'v1', {
      virtualenv,
      application: Django.at('django/website').runsAs('web-server'),
      database: Database.mysql({ name: 'carers', forTests: true, administrator }),
      ...more,
    })
  const ownerOf = async (path: string) => (await server.exec(`stat -Lc '%U:%G %a' '${path}'`)).stdout

  it('was made by an administrator whose password was asked for, once and only when it was needed', async () => {
    expect(asked).toBe(1)
    const result = await deploy(options())
    expect(result.error).toBeUndefined()
    expect(asked).toBe(1)
    await server.exec('systemctl stop mariadb')
    const failed = await deploy(options())
    await server.exec('systemctl start mariadb')
    expect(failed).toMatchObject({
      outcome: 'failed-before-switch',
      error: { code: 'DATABASE_UNREACHABLE' },
    })
    expect(asked).toBe(1)
  })

  it('is asked in one round trip whether its virtualenv has all that is required', async () => {
    await using other = sshHost(server)
    const live = other.within(`${HOME}/dev`)
    const { changed } = await virtualenv.ensure(live, { store: `${HOME}/.dye/virtualenvs` })
    expect(changed).toBe(false)
    expect(await other.roundTrips()).toBe(1)
  })

  it('is read and written by the user that it runs as, and by nobody else', async () => {
    expect(await ownerOf(`${SITE}/private_settings.py`)).toBe('deploy:www-data 640')
    expect(await ownerOf(`${SITE}/uploads`)).toBe('www-data:deploy 2775')
    expect(await page(server, '/add')).toBe('added')
    expect(await ownerOf(`${SITE}/uploads/by-the-site.txt`)).toBe('www-data:deploy 644')
    await host.run`touch ${`${SITE}/uploads/by-the-deployer.txt`}`
  })

  it('runs commands of manage.py, with what they print, but none on production that empties its database', async () => {
    let heard = ''
    const said = await manage({ ...options(), onOutput: text => (heard += text) }, 'showmigrations', 'visits')
    expect(said.lines).toEqual(['visits', ' [X] 0001_initial'])
    expect(heard).toBe(said.stdout.concat('\n'))
    expect(() => manage(options(), 'test', '--noinput')).toThrow('manage.py test is not for production')
    await expect(manage(options(), 'no_such_command')).rejects.toMatchObject({ exitCode: 1 })
  })

  it('runs its tests with a database of their own', async () => {
    const { stderr } = await manage({ ...options(), evenProduction: true }, 'test', '--noinput', 'visits')
    expect(stderr).toMatch(/Ran 1 test in [\d.]+s\n\nOK/)
    expect(await page(server)).toContain('visits 1')
  })

  it('is dumped, emptied and gets its data back, one at a time', async () => {
    const { file, rows } = await dumpDatabase(options())
    expect(file).toMatch(/^\/var\/django\/carers\/dbdumps\/by-hand-[\d_-]+\.gz$/)
    expect(rows).toMatchObject({ visits_visit: 1 })
    expect(() => cleanDatabase(options())).toThrow('cleaning a database is not for production')
    expect(() => restoreDatabase({ ...options(), dump: file })).toThrow('is not for production')
    const { before } = await cleanDatabase({ ...options(), evenProduction: true })
    expect(before.rows).toEqual(rows)
    const { stdout } = await server.exec(`mysql -pr00t -N -e 'SHOW TABLES' carers`)
    expect(stdout).toBe('')
    const dump = file.split('/').at(-1) ?? ''
    await restoreDatabase({ ...options(), dump, evenProduction: true })
    expect(await page(server)).toContain('visits 1')
  })

  it('is dumped every night by the server alone, which says so when it cannot be, and keeps what is not too old', async () => {
    const { stdout: line } = await server.exec('cat /etc/cron.d/carers-daily-dump')
    expect(line).toBe(`17 3 * * * deploy sh ${HOME}/.dye/daily-dump.sh`)
    const nightly = () =>
      server.exec(
        `runuser -u deploy -- env -i HOME=/home/deploy PATH=/usr/bin:/bin sh ${HOME}/.dye/daily-dump.sh`,
        {
          reject: false,
        },
      )
    const dumps = async () => (await server.exec(`cd ${HOME}/dbdumps && ls daily-*`)).stdout.split('\n')
    await server.exec(
      `cd ${HOME}/dbdumps && touch -d '29 days ago' daily-young.gz && touch -d '32 days ago' daily-old.gz && chown deploy daily-*`,
    )
    expect(await nightly()).toEqual({ exitCode: 0, stdout: '', stderr: '' })
    const [today = '', ...others] = await dumps()
    expect(today).toMatch(/^daily-\d{4}-\d\d-\d\d\.gz$/)
    expect(others).toEqual(['daily-young.gz'])
    await page(server, '/add')
    await restoreDatabase({ ...options(), dump: today, evenProduction: true })
    expect(await page(server)).toContain('visits 1')
    await server.exec(`systemctl stop mariadb && rm ${HOME}/dbdumps/${today}`)
    expect((await nightly()).exitCode).toBe(1)
    await server.exec('systemctl start mariadb')
    const { stdout } = await server.exec('journalctl --no-pager -o cat -t dump-carers')
    expect(stdout).toMatch(/^the daily dump failed: .*Can't connect to/)
    expect(await dumps()).toEqual(['daily-young.gz'])
    expect((await server.exec(`cd ${HOME}/dbdumps && ls`)).stdout).not.toContain('today')
  })

  it('is left alone while somebody deploys', async () => {
    const session = host.ownSession()
    await session.run`flock -n ${`${HOME}/.dye/lock`} sleep 60 >/dev/null 2>&1 & echo started`
    await expect
      .poll(() => host.ask`flock -n ${`${HOME}/.dye/lock`} true`.catch(({ exitCode }) => exitCode))
      .toBe(1)
    await expect(cleanDatabase({ ...options(), evenProduction: true })).rejects.toMatchObject({
      code: 'LOCKED',
    })
    expect((await updateVirtualenv(options())).error).toMatchObject({ code: 'LOCKED' })
    expect(await page(server)).toContain('visits 1')
    await server.exec('pkill -x sleep')
    await session.closeSession()
  })

  it('gets newer packages without a deploy', async () => {
    await bringWheel('2.0')
    expect(await page(server)).toContain('greeting 1.0')
    const result = await updateVirtualenv(options())
    expect(result).toMatchObject({ error: undefined, outcome: 'deployed', action: 'update', warnings: [] })
    expect(await page(server)).toContain('greeting 2.0')
    const [version] = (await versions(options())).filter(({ live }) => live)
    const { stdout } = await server.exec(`basename "$(readlink ${SITE}/.ve)"; ls -A ${SITE} | grep '^\\.ve'`)
    expect(stdout).toBe(`${version?.virtualenv}\n.ve`)
    expect(version).toMatchObject({ live: true, status: 'live' })
  })

  it('keeps its packages when the newer ones break it', async () => {
    await bringWheel('3.0')
    await server.exec(
      `cd /tmp && printf 'raise ImportError("broken")\\n' >greeting.py && python3 -m zipfile -e /home/deploy/wheels/greeting-3.0-py3-none-any.whl x &&
       mv greeting.py x/ && (cd x && python3 -m zipfile -c /home/deploy/wheels/greeting-3.0-py3-none-any.whl *)`,
    )
    const before = await versions(options())
    const result = await updateVirtualenv(options())
    expect(result).toMatchObject({ outcome: 'rolled-back', error: { code: 'UNHEALTHY' } })
    expect(await page(server)).toContain('greeting 2.0')
    expect(await versions(options())).toEqual(before)
    const { stdout } = await server.exec(`ls -A ${SITE} | grep '^\\.ve'`)
    expect(stdout).toBe('.ve')
    await server.exec('rm /home/deploy/wheels/greeting-3.0-py3-none-any.whl')
    const failed = await updateVirtualenv(options({ virtualenv: virtualenv.requirements('no.txt') }))
    expect(failed.outcome).toBe('failed-before-switch')
    expect(await versions(options())).toEqual(before)
  })

  it('says so where nothing is live', async () => {
    const nowhere = options({ project: 'nowhere' })
    await expect(manage(nowhere, 'check')).rejects.toThrow('nothing is live there')
    await expect(dumpDatabase(nowhere)).rejects.toMatchObject({ code: 'NO_SUCH_RELEASE' })
    expect((await updateVirtualenv(nowhere)).error?.message).toContain('nothing is live yet')
  })
})
