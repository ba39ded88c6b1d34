import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AppServer,
  type DeployOptions,
  type DeployResult,
  deploy,
  disableSite,
  enableSite,
  type Host,
  WebServer,
} from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { startCarersServer } from '../support/carers-server.js'
import { type DeployEnd, expectNothingOld, Load, type LoadResult } from '../support/load.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import type { TestServer } from '../support/test-server.js'

/** Adds pages without a database: which version answers, in which process and virtualenv, and one that takes its time. */
function withPages(urls: string, version: string): string {
  const pages = `urlpatterns = [
    path('version', lambda request: HttpResponse('${version}')),
    path('process', lambda request: HttpResponse('${version} %s %d' % (greeting.VERSION, __import__('os').getpid()))),
    path('slow', lambda request: __import__('time').sleep(6) or HttpResponse('slow ${version}')),
    `
  return `${urls.replace('urlpatterns = [', pages)}\n`
}

const OTHER = `<VirtualHost *:80>
  ServerName other.test
  DocumentRoot /srv/other
  <Directory /srv/other>
    Require all granted
  </Directory>
</VirtualHost>
`

/** The pages of a site whose processes are not Apache's. */
const PROXY = `<VirtualHost *:80>
  ServerName carers.test
  ProxyPass / unix:/run/carers/gunicorn.sock|http://dye-carers/ disablereuse=on
  ProxyPreserveHost On
</VirtualHost>
`

const CONFIGURATION = 'apache/production.conf'

needsTestServer('Apache', () => {
  let directory: string
  let repository: ProjectRepository
  let server: TestServer
  let host: Host

  const options = (tag: string, more: Partial<DeployOptions> = {}) => carers(host, tag, more)
  const version = () => page(server, '/version')

  /** Deploys while clients ask for the version, and others for another site; what those saw is a matter of course. */
  const underLoad = async (work: (load: Load) => Promise<void>, clients = 4): Promise<LoadResult> => {
    const load = Load.on(server.address, { path: '/version', clients })
    const other = Load.on(server.address, { name: 'other.test', clients: 2 })
    await work(load)
    const others = await other.stop()
    expect(others.failures).toEqual([])
    expect(new Set(others.answers.map(({ text, status }) => `${status} ${text}`))).toEqual(
      new Set(['200 the other site']),
    )
    expect(others.requests).toBeGreaterThan(50)
    return load.stop()
  }

  const good = async (deploying: Promise<DeployResult>) => {
    const result = await deploying
    expect(result.error).toBeUndefined()
    return result
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-apache-'))
    server = await startCarersServer('apache2', 'mariadb')
    host = sshHost(server)
    repository = await ProjectRepository.create(join(directory, 'project'))
    const urls = await repository.read('django/website/urls.py')
    const site = await repository.read(CONFIGURATION)
    const requirements = await repository.read('deploy/pip_packages.txt')
    await repository.version2()
    const from = async (tag: string, changed: string, changes: Record<string, string | null>) => {
      await repository.git('checkout', '--quiet', '--detach', tag)
      await repository.commit(changed, changes)
    }
    const patient = site.replace('processes=2', 'shutdown-timeout=30 processes=2')
    await from('v1', 'n1', {
      [CONFIGURATION]: patient,
      'apache/proxy.conf': PROXY,
      'django/website/urls.py': withPages(urls, 'n1'),
    })
    for (const tag of ['n2', 'n3', 'n4']) {
      await from('n1', tag, { 'django/website/urls.py': withPages(urls, tag) })
    }
    await from('n1', 'newer', {
      'django/website/urls.py': withPages(urls, 'newer'),
      'deploy/pip_packages.txt': requirements.replace('1.0', '2.0'),
    })
    await from('n1', 'migrated', {
      'django/website/visits/models.py': (
        await repository.git('show', 'v2:django/website/visits/models.py')
      ).concat('\n'),
      'django/website/visits/migrations/0002_visit_note.py': (
        await repository.git('show', 'v2:django/website/visits/migrations/0002_visit_note.py')
      ).concat('\n'),
      'django/website/urls.py': withPages(urls, 'migrated'),
    })
    await from('n1', 'broken-site', { [CONFIGURATION]: `${patient}\n\nNonsense on\n` })
    await from('n1', 'port-in-use', { [CONFIGURATION]: `Listen 3306\n${patient}` })
    await from('n1', 'another-port', { [CONFIGURATION]: `Listen 8099\n${patient}` })
    await from('n1', 'broken-import', { 'wsgi/wsgi_handler.py': 'import nothing_of_that_name\n' })
    await repository.pushTo(server, REPOSITORY)
    await server.exec("mkdir /srv/other; echo 'the other site' >/srv/other/index.html; a2enmod -q proxy_http")
    await server.writeFile('/etc/apache2/sites-enabled/other.conf', OTHER)
    await server.exec('systemctl restart apache2')
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  it('serves new code from the end of each deploy on, and no request fails', async () => {
    await good(deploy(options('n1')))
    const ends: DeployEnd[] = []
    const { failures, statuses, answers, perSecond } = await underLoad(async load => {
      for (const tag of ['n2', 'n3', 'n4', 'n1', 'n2', 'n3']) {
        const result = await good(deploy(options(tag)))
        expect(result.downtime).toBeUndefined()
        ends.push({ at: performance.now(), text: tag })
      }
      await load.answered()
    })
    const longest = Math.max(...answers.map(({ at, until }) => until - at))
    console.log(
      `${Math.round(perSecond)} requests a second, ${answers.length} in all, the longest took ${Math.round(longest)} ms`,
    )
    expect(failures).toEqual([])
    expect(Object.keys(statuses)).toEqual(['200'])
    expectNothingOld(answers, ends)
  }, 400_000)

  it('runs new code in each of its processes, those that nobody has asked included', async () => {
    for (const [tag, greeting] of [
      ['newer', '2.0'],
      ['n1', '1.0'],
    ] as const) {
      await server.exec('systemctl restart apache2') // so that no process has code yet
      await good(deploy(options(tag)))
      const asked = Array.from({ length: 40 }, () => page(server, '/process'))
      const seen = (await Promise.all(asked)).map(text => text.trim().split(' '))
      expect(new Set(seen.map(([each, packages]) => `${each} ${packages}`))).toEqual(
        new Set([`${tag} ${greeting}`]),
      )
      expect(new Set(seen.map(([, , pid]) => pid)).size).toBe(2)
    }
  })

  it('finishes slow requests in the code that they began in', async () => {
    const slow = page(server, '/slow')
    await new Promise(resolve => setTimeout(resolve, 300))
    await good(deploy(options('n2')))
    expect(await version()).toBe('n2')
    expect(await slow).toBe('slow n1')
  })

  it('is off for dump and migration only, and for nobody else', async () => {
    await good(deploy(options('n1')))
    let result: DeployResult | undefined
    const { failures, statuses, answers } = await underLoad(async () => {
      result = await good(deploy(options('migrated')))
    }, 4)
    expect(failures).toEqual([])
    expect(Object.keys(statuses)).toEqual(['200', '503'])
    const { from, to, milliseconds } = result?.downtime ?? {
      from: new Date(0),
      to: new Date(0),
      milliseconds: 0,
    }
    const [begin, end] = [from, to].map(date => date.getTime() - performance.timeOrigin) as [number, number]
    for (const { at, until } of answers.filter(({ status }) => status === 503)) {
      expect(until).toBeGreaterThan(begin - 50)
      expect(at).toBeLessThan(end + 50)
    }
    const took = (step: string) => result?.steps.find(record => record.step === step)?.durationMs ?? 0
    console.log(
      `off for ${milliseconds} ms, of which ${took('dump-database') + took('migrate-database')} for the database`,
    )
    expect(milliseconds).toBeLessThan(took('dump-database') + took('migrate-database') + 2000)
    expect(await version()).toBe('migrated')
  })

  it.each([
    ['broken-site', 'failed-before-switch', 'error on line 17 of /var/django/carers/previous/'],
    ['port-in-use', 'failed-before-switch', 'Address already in use: Listen 3306'],
    ['broken-import', 'rolled-back', "No module named 'nothing_of_that_name'"],
  ])('is as it was after a release that is bad: %s', async (tag, outcome, message) => {
    await good(deploy(options('migrated')))
    const seen = await underLoad(async () => {
      const result = await deploy(options(tag))
      expect(result.outcome).toBe(outcome)
      expect(result.error?.message).toContain(message)
      expect(result.error?.message).not.toContain('/tmp/')
    }, 2)
    expect(seen.failures).toEqual([])
    if (outcome === 'failed-before-switch') expect(Object.keys(seen.statuses)).toEqual(['200'])
    expect(await version()).toBe('migrated')
    await server.exec('apache2ctl configtest')
  })

  it('is started again if a port was taken at the last moment', async () => {
    const listen = 'setsid python3 -m http.server 8099 >/dev/null 2>&1 & echo $!; sleep 1'
    let pid = ''
    const result = await deploy(
      options('another-port', {
        hooks: {
          after: {
            async 'test-configuration'() {
              pid = (await server.exec(listen)).stdout
            },
          },
        },
      }),
    )
    expect(result.outcome).toBe('rolled-back')
    expect(result.error?.message).toContain('could not bind to address')
    expect(await version()).toBe('migrated')
    await server.exec(`kill ${pid}`)
  })

  /** Deploys three times, each with another configuration. */
  const changing = (more: Partial<DeployOptions>, webServer: ReturnType<typeof WebServer.apache>) =>
    underLoad(async () => {
      for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
        await good(deploy(options('migrated', { ...more, webServer: webServer.allow(address) })))
        await new Promise(resolve => setTimeout(resolve, 500))
      }
    })

  it('fails what is on its way to processes of mod_wsgi at most, when its configuration changes', async () => {
    const { failures, statuses } = await changing({}, WebServer.apache(CONFIGURATION))
    console.log(`of three changes of the configuration: ${JSON.stringify(statuses)}`)
    expect(failures).toEqual([])
    const { 200: served = 0, 500: cut = 0, 503: refused = 0, ...others } = statuses
    expect(others).toEqual({})
    expect(cut + refused).toBeLessThanOrEqual(3 * 8)
    expect(served).toBeGreaterThan(500)
  })

  it('fails nothing with processes of their own behind it, whatever changes', async () => {
    const processes = [AppServer.gunicorn('wsgi_handler:application', { directory: 'wsgi' })]
    const webServer = WebServer.apache('apache/proxy.conf')
    await good(deploy(options('migrated', { processes, webServer })))
    const { failures, statuses } = await changing({ processes }, webServer)
    expect(failures).toEqual([])
    expect(Object.keys(statuses)).toEqual(['200'])
    const off = options('migrated', {
      processes,
      webServer,
      downtime: 'always',
      hooks: {
        after: {
          async 'migrate-database'() {
            expect(await page(server)).toContain('We are updating')
          },
        },
      },
    })
    await good(deploy(off))
    expect(await version()).toBe('migrated')
  })

  it('takes a site out, leaves the others, and brings it back, as does a deploy', async () => {
    const there = options('migrated')
    await good(deploy(there))
    const seen = await underLoad(async () => {
      await disableSite(there)
      expect(await page(server)).not.toContain('carers')
      await disableSite(there)
      await enableSite(there)
      expect(await version()).toBe('migrated')
      await disableSite(there)
      await good(deploy(there))
    }, 2)
    expect(seen.failures).toEqual([])
    expect(await version()).toBe('migrated')
  })

  it('is not told to go on without a site that another one needs', async () => {
    await server.exec("sed -i '1i Define CARERS' /var/django/carers/dev/apache/production.conf")
    await server.writeFile(
      '/etc/apache2/sites-enabled/needing.conf',
      '<IfDefine !CARERS>\nNonsense on\n</IfDefine>\n',
    )
    await expect(disableSite(options('migrated'))).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      message: expect.stringContaining('line 2 of /etc/apache2/sites-enabled/needing.conf'),
    })
    expect(await version()).toBe('migrated')
  })
})
