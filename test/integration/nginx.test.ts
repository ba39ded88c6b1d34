import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DeployOptions,
  deploy,
  disableSite,
  enableSite,
  type Host,
  rollback,
  updateVirtualenv,
  WebServer,
} from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BY_NGINX, carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { startCarersServer } from '../support/carers-server.js'
import { type DeployEnd, expectNothingOld, Load } from '../support/load.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import type { TestServer } from '../support/test-server.js'

/** Adds a page that tells which version answers, without a database. */
function withVersion(urls: string, version: string): string {
  return `${urls.replace('urlpatterns = [', `urlpatterns = [path('version', lambda request: HttpResponse('${version}')), `)}\n`
}

const OTHER = `server {
  listen 80;
  server_name other.test;
  location / { return 200 "the other site"; }
}
`

needsTestServer('nginx and gunicorn', () => {
  let directory: string
  let repository: ProjectRepository
  let server: TestServer
  let host: Host

  const options = (tag: string, more: Partial<DeployOptions> = {}) =>
    carers(host, tag, {
      ...BY_NGINX,
      ...more,
    })

  const units = async () => {
    const listed =
      "systemctl list-units --plain --no-legend --state=active 'carers-gunicorn@*' | cut -d' ' -f1"
    return (await server.exec(listed)).stdout.split('\n').filter(line => line !== '')
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-nginx-'))
    server = await startCarersServer('nginx', 'mariadb')
    host = sshHost(server)
    repository = await ProjectRepository.create(join(directory, 'project'))
    const urls = await repository.read('django/website/urls.py')
    await repository.version2()
    await repository.git('checkout', '--quiet', '--detach', 'v1')
    for (const version of ['n1', 'n2', 'n3', 'n4']) {
      await repository.commit(version, { 'django/website/urls.py': withVersion(urls, version) })
    }
    await repository.commit('broken-import', { 'wsgi/wsgi_handler.py': 'import nothing_of_that_name\n' })
    await repository.commit('dies', {
      'wsgi/wsgi_handler.py':
        'import os, threading\nthreading.Timer(1, os._exit, [1]).start()\ndef application(environ, start):\n    start("200 OK", [])\n    return [b"dying"]\n',
    })
    await repository.git('checkout', '--quiet', '--detach', 'n4')
    const site = await repository.read('nginx/production.conf')
    await repository.commit('broken-site', {
      'nginx/production.conf': site.replace('listen 80;', 'listen 80;\n    nonsense on;'),
    })
    await repository.git('checkout', '--quiet', '--detach', 'n4')
    await repository.commit('port-in-use', {
      'nginx/production.conf': site.replace('listen 80;', 'listen 80;\n    listen 3306;'),
    })
    await repository.pushTo(server, REPOSITORY)
    await server.writeFile('/etc/nginx/sites-enabled/other', OTHER)
    await server.exec('nginx -s reload')
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  it('serve a site from its first deploy on, and static files', async () => {
    const result = await deploy(options('v1'))
    expect(result.error).toBeUndefined()
    expect(await page(server)).toContain('carers version 1')
    expect(await page(server, '/static/visits/site.css')).toContain('black')
    expect(await units()).toHaveLength(1)
  })

  it('serve the new release without a request that fails or waits for it, and nothing old afterwards', async () => {
    await deploy(options('n1'))
    const load = Load.on(server.address, { path: '/version' })
    const ends: DeployEnd[] = []
    for (const version of ['n2', 'n3', 'n4', 'n1', 'n2', 'n3']) {
      const result = await deploy(options(version))
      expect(result.error).toBeUndefined()
      expect(result.downtime).toBeUndefined()
      ends.push({ at: performance.now(), text: version })
    }
    await load.answered()
    const { failures, statuses, answers, perSecond } = await load.stop()
    console.log(`${Math.round(perSecond)} requests a second, ${answers.length} in all`)
    expect(failures).toEqual([])
    expect(Object.keys(statuses)).toEqual(['200'])
    expectNothingOld(answers, ends)
    expect(await units()).toHaveLength(1)
  }, 400_000)

  it.each([
    ['broken-import', 'failed-before-switch', 'nothing_of_that_name'],
    ['dies', 'failed-before-switch', 'its processes do not stay alive'],
    ['broken-site', 'failed-before-switch', 'unknown directive "nonsense" in /var/django/carers/previous/'],
    ['port-in-use', 'rolled-back', 'Address already in use'],
  ])('never let visitors notice a release that is bad: %s', async (tag, outcome, message) => {
    const before = await units()
    const load = Load.on(server.address, { path: '/version', clients: 2 })
    const other = Load.on(server.address, { name: 'other.test', clients: 2 })
    const result = await deploy(options(tag))
    expect(result.outcome).toBe(outcome)
    expect(result.error?.message).toContain(message)
    expect(await units()).toEqual(before)
    const seen = await load.stop()
    expect(seen.failures).toEqual([])
    expect(new Set(seen.answers.map(({ text }) => text))).toEqual(new Set(['n3']))
    const others = await other.stop()
    expect(others.failures).toEqual([])
    expect(new Set(others.answers.map(({ text }) => text))).toEqual(new Set(['the other site']))
    await server.exec('nginx -t')
  })

  it('show the maintenance page while a migration runs, to all but some', async () => {
    const load = Load.on(server.address, { clients: 2 })
    const other = Load.on(server.address, { name: 'other.test', clients: 2 })
    const webServer = WebServer.nginx('nginx/production.conf').allow('127.0.0.0/8')
    expect((await deploy(options('n3', { webServer }))).error).toBeUndefined()
    const off = options('v2', {
      webServer,
      hooks: {
        after: {
          async 'migrate-database'() {
            expect(await page(server)).not.toContain('We are updating')
            const { stdout } = await server.exec(
              `curl -sSi --max-time 5 -H 'Host: carers.test' http://${server.address}/`,
            )
            expect(stdout).toMatch(/^HTTP\/1.1 503 [\s\S]*Retry-After: 30[\s\S]*We are updating this site/)
          },
        },
      },
    })
    const result = await deploy(off)
    expect(result.error).toBeUndefined()
    expect(result.downtime?.milliseconds).toBeGreaterThan(0)
    const { failures, statuses } = await load.stop()
    expect(failures).toEqual([])
    expect(Object.keys(statuses)).toEqual(['200', '503'])
    expect(Object.keys((await other.stop()).statuses)).toEqual(['200'])
    expect(await page(server)).toContain('carers version 2')
    expect(await units()).toHaveLength(1)
  })

  it('run the older release after a rollback, and another virtualenv after an update', async () => {
    const back = await rollback({ ...options('v2'), databaseBack: 'migrate' })
    expect(back.error).toBeUndefined()
    expect(await page(server, '/version')).toBe('n3')
    const [before] = await units()
    const update = await updateVirtualenv(options('n3'))
    expect(update.error).toBeUndefined()
    const after = await units()
    expect(after).toHaveLength(1)
    expect(after).not.toContain(before)
    expect(await page(server, '/version')).toBe('n3')
  })

  it('are reloaded after nginx had to be started first', async () => {
    await server.exec('systemctl stop nginx; rm -f /run/nginx.pid')
    const reload = 'pgrep -P $(cat /run/nginx.pid) | sort'
    expect((await deploy(options('n3'))).error).toBeUndefined()
    const before = (await server.exec(reload)).stdout
    const webServer = WebServer.nginx('nginx/production.conf').allow('192.0.2.1')
    expect((await deploy(options('n3', { webServer }))).error).toBeUndefined()
    expect((await server.exec(reload)).stdout).not.toBe(before)
  })

  it('lose their site, and get it back, as by a deploy; another one stays', async () => {
    const there = options('n3')
    const other = Load.on(server.address, { name: 'other.test', clients: 2 })
    await disableSite(there)
    await disableSite(there)
    expect(await page(server, '/version')).toContain('404 Not Found')
    await enableSite(there)
    expect(await page(server, '/version')).toBe('n3')
    await disableSite(there)
    expect((await deploy(there)).error).toBeUndefined()
    expect(await page(server, '/version')).toBe('n3')
    const { failures, statuses } = await other.stop()
    expect(failures).toEqual([])
    expect(Object.keys(statuses)).toEqual(['200'])
  })

  it('come back with the server', async () => {
    await server.kill()
    await server.mend()
    await expect.poll(() => page(server, '/version').catch(String), { timeout: 20_000 }).toBe('n3')
  })
})
