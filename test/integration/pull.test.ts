import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import {
  Database,
  type DeployOptions,
  Django,
  deploy,
  develop,
  type Host,
  type PullOptions,
  pull,
  pullUploads,
  pushUploads,
  Secret,
  Virtualenv,
} from 'dye-deploy'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { HERMETIC_GIT, ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const WEBSITE = 'django/website'
const SQLITE = '/var/django/carers/shared/data/site.sqlite3'
const BOSS = { user: 'boss', password: Secret.of('b\'o"ss') }

needsTestServer('the data of a site', () => {
  let server: TestServer
  let host: Host
  let directory: string
  let checkout: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-pull-'))
    checkout = join(directory, 'check out')
    server = await TestServer.start({ with: ['apache2', 'mariadb', 'postgresql'] })
    host = sshHost(server)
    await server.writeFile('/etc/mysql/mariadb.conf.d/99-open.cnf', '[mysqld]\nbind-address = 0.0.0.0\n')
    await server.exec(
      `systemctl restart mariadb && mariadb -e "CREATE USER boss@'%' IDENTIFIED BY 'b''o\\"ss'; GRANT ALL ON *.* TO boss@'%' WITH GRANT OPTION"`,
    )
    await server.exec(
      `cd /etc/postgresql/*/main && echo "listen_addresses = '*'" >>postgresql.conf && echo 'host all all 0.0.0.0/0 md5' >>pg_hba.conf &&
       systemctl restart postgresql && cd / && runuser -u postgres -- psql -q`,
      { input: `CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'b''o"ss'` },
    )
    const repository = await ProjectRepository.create(join(directory, 'project'))
    const dev = (name: string, settings: string) => ({
      [`${WEBSITE}/local_settings.py.${name}`]: `from private_settings import DB_PASSWORD\nDATABASES = {'default': ${settings}}\n`,
    })
    await repository.commit('v1', {
      ...dev('dev', `{'ENGINE': 'django.db.backends.sqlite3', 'NAME': '${checkout}/dev.sqlite3'}`),
      ...dev('staging', `{'ENGINE': 'django.db.backends.sqlite3', 'NAME': '${SQLITE}'}`),
      ...dev(
        'testing',
        "{'ENGINE': 'django.db.backends.postgresql', 'NAME': 'carers', 'USER': 'carers', 'PASSWORD': DB_PASSWORD, 'HOST': '127.0.0.1'}",
      ),
      ...dev(
        'pg',
        `{'ENGINE': 'django.db.backends.postgresql', 'NAME': 'far', 'USER': 'far', 'PASSWORD': DB_PASSWORD, 'HOST': '${server.address}'}`,
      ),
      ...dev(
        'far',
        `{'ENGINE': 'django.db.backends.mysql', 'NAME': 'far', 'USER': 'far', 'PASSWORD': DB_PASSWORD, 'HOST': '${server.address}'}`,
      ),
      [`${WEBSITE}/visits/management/commands/anonymise.py`]: `from django.core.management.base import BaseCommand
from visits.models import Visit


class Command(BaseCommand):
    def handle(self, *args, **options):
        print(Visit.objects.update(name='nobody'))
`,
      [`${WEBSITE}/visits/management/__init__.py`]: '',
      [`${WEBSITE}/visits/management/commands/__init__.py`]: '',
    })
    await repository.pushTo(server, REPOSITORY)
    await execa('git', ['clone', '--quiet', repository.directory, checkout], { env: HERMETIC_GIT })
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const virtualenv = Virtualenv.at(`${WEBSITE}/.ve`)
    .requirements('deploy/pip_packages.txt')
    .interpreter('/usr/bin/python3')
    .systemSitePackages()
  const options = (more: Partial<DeployOptions> = {}): PullOptions & DeployOptions => ({
    ...carers(host, 'v1', { virtualenv, ...more }),
    directory: checkout,
  })
  const python = async (program: string) =>
    (
      await execa(join(checkout, WEBSITE, '.ve/bin/python'), ['manage.py', 'shell', '-c', program], {
        cwd: join(checkout, WEBSITE),
      })
    ).stdout
  const names = () =>
    python('from visits.models import Visit; print(*Visit.objects.values_list("name", flat=True))')
  const dumps = async () => (await server.exec('ls /var/django/carers/dbdumps')).stdout

  const SITES = [
    {
      kind: 'SQLite',
      site: { environment: 'staging', database: Database.sqlite({ file: SQLITE }) },
      local: 'dev',
      into: () => Database.sqlite({ file: `${checkout}/dev.sqlite3` }),
    },
    {
      kind: 'PostgreSQL',
      site: { environment: 'testing', database: Database.postgresql({ name: 'carers' }) },
      local: 'pg',
      into: () => Database.postgresql({ administrator: BOSS }),
    },
    {
      kind: 'MariaDB, from production, into a server of its own',
      site: { environment: 'production' },
      local: 'far',
      into: () => Database.mysql({ administrator: BOSS }),
    },
  ]

  describe.each(SITES)('on $kind', ({ site, local, into }) => {
    it('comes into a checkout', async () => {
      expect((await deploy(options(site))).error).toBeUndefined()
      await page(server, '/add')
      await page(server, '/add')
      await develop({
        ...{ directory: checkout, environment: local, virtualenv, database: into() },
        application: Django.at(WEBSITE),
      })
      expect(await names()).toBe('')
      const heard: number[] = []
      const before = await dumps()
      const result = await pull({
        ...options(site),
        localDatabase: into(),
        onProgress: ({ bytes }) => heard.push(bytes),
      })
      expect(result).toMatchObject({ environment: local })
      expect(Object.values(result.rows)).toContain(2)
      expect(heard.at(-1)).toBe(result.bytes)
      expect(await names()).toBe('somebody somebody')
      expect(await dumps()).toBe(before)
    })

    it('is made anonymous on the way, and after it', async () => {
      const result = await pull({
        ...options(site),
        localDatabase: into(),
        preLoad: async ({ file }) => {
          expect((await stat(file)).mode & 0o777).toBe(0o600)
          const text = gunzipSync(await readFile(file)).toString('latin1')
          await writeFile(file, gzipSync(Buffer.from(text.replaceAll('somebody', 'some1234'), 'latin1')))
        },
        anonymise: async ({ manage }) => {
          expect(await names()).toBe('some1234 some1234')
          expect((await manage('anonymise')).stdout).toBe('2')
        },
      })
      expect(Object.values(result.rows)).toContain(2)
      expect(await names()).toBe('nobody nobody')
    })

    it('does not stay when it could not be made anonymous', async () => {
      const failing = pull({
        ...options(site),
        localDatabase: into(),
        anonymise: ({ manage }) => manage('no_such_command'),
      })
      await expect(failing).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
      expect(
        await python('from django.db import connection; print(connection.introspection.table_names())'),
      ).toBe('[]')
    })

    it('leaves what is here alone when its dump cannot be made, or is broken', async () => {
      await pull({ ...options(site), localDatabase: into() })
      await execa(join(checkout, WEBSITE, '.ve/bin/python'), ['manage.py', 'anonymise'], {
        cwd: join(checkout, WEBSITE),
      })
      const broken = pull({
        ...options(site),
        localDatabase: into(),
        preLoad: async ({ file }) => writeFile(file, (await readFile(file)).subarray(0, -20)),
      })
      await expect(broken).rejects.toMatchObject({ code: 'DATABASE_DUMP_BROKEN' })
      await server.readOnly('/var/django/carers/dbdumps')
      await expect(pull({ ...options(site), localDatabase: into() })).rejects.toMatchObject({
        code: 'DUMP_FAILED',
      })
      await server.mend()
      expect(await names()).toBe('nobody nobody')
    })
  })

  it('never comes where the settings of production are in force, nor into another kind of database', async () => {
    await expect(pull({ ...options(), localDatabase: Database.sqlite({ file: '/tmp/x' }) })).rejects.toThrow(
      'a dump of the MySQL database carers cannot be loaded into the SQLite database x',
    )
    const application = Django.at(WEBSITE)
    await develop({
      directory: checkout,
      environment: 'far',
      virtualenv,
      application,
      database: SITES[2]?.into() as Database,
    })
    await execa('ln', ['-sfn', 'local_settings.py.production', 'local_settings.py'], {
      cwd: join(checkout, WEBSITE),
    })
    await expect(pull(options())).rejects.toThrow('the settings of production are in force')
    await execa('ln', ['-sfn', 'local_settings.py.dev', 'local_settings.py'], {
      cwd: join(checkout, WEBSITE),
    })
  })

  it('has files, which come and go with it', async () => {
    const here = join(checkout, WEBSITE, 'uploads')
    const site = options({ application: Django.at(WEBSITE).runsAs('www-data') })
    expect((await deploy(site)).error).toBeUndefined()
    const there = `/var/django/carers/shared/${WEBSITE}/uploads`
    await server.exec(
      `runuser -u www-data -- sh -c 'cd ${there} && mkdir -p 2026 && echo a >2026/a.txt && echo b >b.txt'`,
    )
    const heard: string[] = []
    const [pulled] = await pullUploads({
      ...site,
      onProgress: ({ path, files }) => heard.push(`${path} ${files}`),
    })
    expect(pulled).toMatchObject({ path: `${WEBSITE}/uploads`, files: 2 })
    expect(heard.at(-1)).toBe(`${WEBSITE}/uploads 2`)
    expect((await readdir(here, { recursive: true })).sort()).toEqual(['2026', '2026/a.txt', 'b.txt'])
    await mkdir(join(here, '2027'))
    await writeFile(join(here, '2027/c.txt'), 'c')
    await writeFile(join(here, '2026/d.txt'), 'd')
    await rm(join(here, 'b.txt'))
    const [pushed] = await pushUploads({ ...site, exclude: ['*.tmp'] })
    expect(pushed).toMatchObject({ changed: 2 })
    const { stdout } = await server.exec(`cd ${there} && find . -type f -printf '%P %u\\n' | sort`)
    expect(stdout).toBe('2026/a.txt www-data\n2026/d.txt www-data\n2027/c.txt www-data\nb.txt www-data')
    await expect(async () => pushUploads({ ...site, delete: true })).rejects.toThrow(
      'deleting uploads is not for production',
    )
    await pushUploads({ ...site, delete: true, evenProduction: true })
    expect((await server.exec(`ls ${there}`)).stdout).toBe('2026\n2027')
    await expect(async () => pullUploads({ ...site, paths: ['elsewhere'] })).rejects.toThrow(
      `releases do not share elsewhere`,
    )
  })
})
