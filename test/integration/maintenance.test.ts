import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DeployOptions,
  type DeployResult,
  deploy,
  type HealthAnswer,
  type HealthOptions,
  type Host,
  maintenance,
  status,
  versions,
  WebServer,
} from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BY_NGINX, carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { startCarersServer } from '../support/carers-server.js'
import { blocksOf } from '../support/documents.js'
import { Load } from '../support/load.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import type { TestServer } from '../support/test-server.js'

/** All that a web server, a shell or sed could take for something else. */
const PAGE = `<!DOCTYPE html><meta charset="utf-8">
<title>"d'été" $1 $uri \${HOME} %{REMOTE_ADDR} %{file:/etc/passwd} \\1 \\ %TOKEN% & <!--#echo var="x" --></title>
`

const URL = 'http://carers.test/'

/** The application, with a header that tells which release it is. */
const withHeader = (handler: string, release: string) => `${handler}
django = application


def application(environ, start_response):
    def start(status, headers, *more):
        return start_response(status, headers + [('X-Dye-Release', '${release}')], *more)

    return django(environ, start)
`

/** Asks for a page as a visitor does. */
function visit(server: TestServer, path = '/', method = 'GET') {
  return new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: string }>(
    (resolve, reject) => {
      const headers = { Host: 'carers.test' }
      const asked = request({ host: server.address, path, method, headers, timeout: 10_000 }, answer => {
        const parts: Buffer[] = []
        answer.on('data', part => parts.push(part))
        answer.on('end', () =>
          resolve({
            status: answer.statusCode,
            headers: answer.headers,
            body: Buffer.concat(parts).toString(),
          }),
        )
      })
      asked.on('error', reject)
      asked.end(method === 'POST' ? 'x'.repeat(2_000_000) : undefined)
    },
  )
}

/** What visitors see while a site is off, at any path: the page, byte for byte. */
async function expectPage(server: TestServer, body: string | RegExp): Promise<void> {
  for (const [path, method] of [
    ['/', 'GET'],
    ['/add?x=1', 'POST'],
    ['/static/visits/site.css', 'GET'],
    ['/no/such', 'HEAD'],
  ] as const) {
    const answer = await visit(server, path, method)
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '30', 'cache-control': 'no-store' },
    })
    expect(answer.headers['content-type']).toMatch(/^text\/html/)
    if (method === 'HEAD') expect(answer.body).toBe('')
    else if (typeof body === 'string') expect(answer.body).toBe(body)
    else expect(answer.body).toMatch(body)
  }
}

/** The events of a deploy that are warnings, but for those of Django. */
function warningsOf({ warnings }: DeployResult): readonly string[] {
  return warnings.filter(warning => !/security\.W|^cron /.test(warning))
}

needsTestServer('the maintenance window of Apache', () => {
  let directory: string
  let server: TestServer
  let host: Host

  const off = (tag: string, look: () => Promise<unknown>, more: Partial<DeployOptions> = {}) =>
    carers(host, tag, {
      downtime: 'always',
      ...more,
      hooks: { after: { 'dump-database': look, 'switch-release': look } },
    })
  /** What a check says of the live release, or of another one. */
  const well = async (options: HealthOptions, wanted?: string) => {
    const root = '/var/django/carers'
    const { stdout } = await server.exec(`readlink -f ${root}/dev`)
    const [live, state, entry] = [`${root}/dev`, `${root}/.dye`, 'wsgi/wsgi_handler.py']
    const nothing = { virtualenv: undefined, socket: undefined, user: undefined }
    const home = { project: 'carers', root, live, state, maintenance: `${state}/maintenance` }
    const place = { ...home, ...nothing, entry, environment: 'production' }
    const check = WebServer.apache('apache/production.conf').check(URL, options)
    const checked = check.checkHealth({ ...place, release: wanted ?? stdout })
    return typeof checked === 'function' ? checked(host) : host.perform(checked)
  }
  const inForce = async () =>
    (await server.exec('cd /etc/apache2; readlink sites-enabled/carers.conf; ls -d */*carers*')).stdout
  const ON = `/var/django/carers/dev/apache/production.conf
conf-enabled/dye-carers.conf
sites-enabled/carers.conf`

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-maintenance-'))
    server = await startCarersServer('apache2', 'mariadb')
    host = sshHost(server)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    const site = await repository.read('apache/production.conf')
    const handler = await repository.read('wsgi/wsgi_handler.py')
    const urls = await repository.read('django/website/urls.py')
    const own = (text: string) =>
      `<VirtualHost *:80>\n  ServerName carers.test\n  ErrorDocument 503 "${text}"\n  Redirect 503 /\n</VirtualHost>\n`
    await repository.commit('page', { 'apache/production-maintenance.html': PAGE })
    await repository.version2()
    await repository.commit('own', {
      'apache/production-maintenance.html': null,
      'apache/production-maintenance.conf': own('a host of our own'),
    })
    const broken = {
      'apache/production-maintenance.conf': 'Nonsense on\n',
      'apache/production.conf': `${site}\n`,
    }
    await repository.commit('own-broken', broken)
    await repository.git('checkout', '--quiet', '--detach', 'own')
    await repository.commit('own-fails', { 'django/website/urls.py': 'raise RuntimeError("broken")\n' })
    await repository.git('checkout', '--quiet', '--detach', 'page')
    const recipe =
      (await blocksOf('docs/web-servers.md')).find(({ language }) => language === 'python')?.text ?? ''
    const settings = await repository.read('django/website/settings.py')
    await repository.commit('told', {
      'django/website/release.py': recipe,
      'django/website/settings.py': settings.replace(
        'MIDDLEWARE = []',
        "MIDDLEWARE = ['release.middleware']",
      ),
    })
    await repository.git('checkout', '--quiet', '--detach', 'page')
    await repository.commit('lied', { 'wsgi/wsgi_handler.py': withHeader(handler, '2013-09-23_17-52-14') })
    const off = `${site.replace('WSGIProcessGroup', 'WSGIScriptReloading Off\n  WSGIProcessGroup')}\n`
    await repository.commit('deaf', { 'wsgi/wsgi_handler.py': handler, 'apache/production.conf': off })
    await repository.commit('deaf-too', { 'django/website/urls.py': urls.replace('version 1', 'version 1b') })
    await repository.pushTo(server, REPOSITORY)
    const other =
      '<VirtualHost *:80>\n  ServerName other.test\n  DocumentRoot /srv/other\n  <Directory /srv/other>\n    Require all granted\n  </Directory>\n</VirtualHost>\n'
    await server.exec('mkdir -p /srv/other; echo the other site >/srv/other/index.html')
    // a file of the same name as that of our site
    await server.writeFile('/srv/production.conf', other)
    await server.exec('ln -s /srv/production.conf /etc/apache2/sites-enabled/other.conf; apache2ctl graceful')
    expect((await deploy(carers(host, 'page'))).error).toBeUndefined()
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  it('shows the page of the live release, whatever is in it, before and after the switch', async () => {
    await server.exec('rm /etc/apache2/conf-enabled/dye-carers.conf; apache2ctl graceful') // as if we had not been there yet
    const result = await deploy(off('own', () => expectPage(server, PAGE)))
    expect(result.error).toBeUndefined()
    expect(result.migrations).toHaveLength(1)
    expect(await page(server)).toContain('carers version 2')
  })

  it('lets a virtual host of the project’s own take the place of the site, and of no other; the journal tells how long', async () => {
    const other = Load.on(server.address, { name: 'other.test', clients: 2 })
    const load = Load.on(server.address, { clients: 4 })
    const seen: string[] = []
    const result = await deploy(off('own', async () => seen.push((await visit(server)).body)))
    expect(result.error).toBeUndefined()
    expect(warningsOf(result)).toEqual([])
    expect(seen).toEqual(['a host of our own', 'a host of our own'])
    const { failures, answers } = await load.stop()
    expect(failures).toEqual([])
    const kinds = new Set(
      answers.map(({ text, status }) => `${status} ${text.split('\n', 1)[0]?.slice(0, 30)}`),
    )
    expect(kinds).toContain('503 a host of our own')
    kinds.delete('503 <!DOCTYPE html><title>Maintena') // while Apache reads its configuration
    expect(kinds).toEqual(new Set(['200 carers version 2', '503 a host of our own']))
    expect(Object.keys((await other.stop()).statuses)).toEqual(['200'])
    expect(await inForce()).toBe(ON)

    const off503 = answers.filter(({ status }) => status === 503)
    const seenMs = (off503.at(-1)?.at ?? 0) - (off503[0]?.at ?? 0)
    const { from, to, milliseconds = 0 } = result.downtime ?? {}
    expect(Math.abs(milliseconds - seenMs)).toBeLessThan(0.1 * seenMs + 100)
    const downtime = { from: from?.toISOString(), to: to?.toISOString(), milliseconds }
    const [newest] = await versions(carers(host, 'own'))
    expect(newest).toMatchObject({ release: result.release, live: true, status: 'live', downtime })
    expect((await status(carers(host, 'own')))[0]?.live).toMatchObject({ release: result.release, downtime })
  })

  it('takes it back when the release is bad', async () => {
    const result = await deploy(carers(host, 'own-fails', { downtime: 'always' }))
    expect(result.outcome).toBe('rolled-back')
    expect(result.error?.message).toContain('RuntimeError: broken')
    expect(await page(server)).toContain('carers version 2')
    expect(await inForce()).toBe(ON)
    const [newest] = await versions(carers(host, 'own'))
    expect(newest).toMatchObject({
      status: 'failed',
      downtime: { milliseconds: result.downtime?.milliseconds },
    })
  })

  it('refuses a release whose own virtual host cannot be used, and does without that of a live one', async () => {
    const refused = await deploy(carers(host, 'own-broken', { downtime: 'always' }))
    expect(refused.outcome).toBe('failed-before-switch')
    expect(refused.error?.message).toContain('production-maintenance.conf')
    await server.exec('echo Nonsense on >>/var/django/carers/dev/apache/production-maintenance.conf')
    const questions = { liveChanges: 'continue' } as const
    const result = await deploy(off('own', () => expectPage(server, /We are updating/), { questions }))
    expect(result.error).toBeUndefined()
    expect(warningsOf(result).join()).toMatch(/apache\/production-maintenance.conf is not used: .*Nonsense/)
    expect(await inForce()).toBe(ON)
  })

  it('is opened and closed by hand in the same way', async () => {
    const options = carers(host, 'own')
    await maintenance(options, 'on')
    await maintenance(options, 'on')
    expect((await visit(server)).body).toBe('a host of our own')
    expect((await maintenance(options, 'off'))[0]?.milliseconds).toBeGreaterThan(0)
    expect(await page(server)).toContain('carers version 2')
    expect(await inForce()).toBe(ON)
    await maintenance(options, 'on')
    expect((await deploy(carers(host, 'own'))).outcome).toBe('deployed')
    expect(await page(server)).toContain('carers version 2')
  })

  it('is not left before a function is content with the answer', async () => {
    const answers: HealthAnswer[] = []
    const accept = (answer: HealthAnswer) => answers.push(answer) > 2 || (answers.length > 1 && 'too early')
    const webServer = WebServer.apache('apache/production.conf').check(URL, { accept })
    const result = await deploy(carers(host, 'own', { webServer, downtime: 'always' }))
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed')
    expect(answers).toHaveLength(3)
    expect(answers[0]).toMatchObject({ url: URL, status: 200, headers: { 'x-version': '2' } })
    expect(answers[0]?.body).toMatch(/^carers version 2\n/)
    expect(result.roundTrips).toBe(7)
  })

  it.each([
    ['says no', () => 'too slow', ': too slow'],
    ['throws', () => expect(1).toBe(2), 'expected 1 to be 2'],
    ['never answers', () => new Promise<boolean>(() => {}), 'your function took too long'],
  ])('is told when a function %s', async (_, judge, message) => {
    const accept = judge as () => Promise<boolean>
    await expect(well({ accept, seconds: 1 })).rejects.toThrow(message)
  })

  it('proves the release by a header that the application sends', async () => {
    const webServer = WebServer.apache('apache/production.conf').check(URL, { seconds: 1 })
    await expect(well({ seconds: 1, release: true })).rejects.toThrow('without a header X-Dye-Release')
    const lied = await deploy(carers(host, 'lied', { webServer }))
    expect(lied.outcome).toBe('rolled-back')
    expect(lied.error?.message).toContain(
      'the old release still answers: X-Dye-Release says 2013-09-23_17-52-14',
    )
    expect((await deploy(carers(host, 'told', { webServer }))).error).toBeUndefined()
    expect(await well({ release: true })).toBe(`200 from ${URL}`)
    await expect(well({ seconds: 1 }, 'another')).rejects.toThrow('the old release still answers')
    expect(await well({ release: false }, 'another')).toBe(`200 from ${URL}`)
    await server.exec('mv /usr/bin/curl /usr/bin/curl.off') // then it is Python that asks
    await expect(well({ seconds: 1 }, 'another')).rejects.toThrow('the old release still answers')
    const accept = ({ headers, body }: HealthAnswer) =>
      headers['x-version'] === '1' && body.includes('carers')
    expect(await well({ accept })).toBe(`200 from ${URL}`)
    await server.exec('mv /usr/bin/curl.off /usr/bin/curl')
  })

  it('notices that mod_wsgi goes on with the old release', async () => {
    const webServer = WebServer.apache('apache/production.conf').check(URL, { seconds: 2 })
    expect((await deploy(carers(host, 'deaf', { webServer }))).error).toBeUndefined()
    const result = await deploy(carers(host, 'deaf-too', { webServer }))
    expect(result.outcome).toBe('rolled-back')
    expect(result.error?.message).toMatch(
      /the old release still answers: process \d+ .* WSGIScriptReloading is off/,
    )
    await expect(well({ seconds: 1 })).rejects.toThrow('WSGIScriptReloading is off')
    expect(await well({ release: false })).toBe(`200 from ${URL}`)
    await server.exec('systemctl restart apache2')
    expect(await well({})).toBe(`200 from ${URL}`)
  })
})

needsTestServer('the maintenance window of nginx', () => {
  let directory: string
  let server: TestServer
  let host: Host
  const webServer = WebServer.nginx('nginx/production.conf').maintenancePage('deploy/off.html')

  const off = (tag: string, look: () => Promise<unknown>, more: Partial<DeployOptions> = {}) =>
    carers(host, tag, {
      ...BY_NGINX,
      webServer,
      downtime: 'always',
      ...more,
      hooks: { after: { 'dump-database': look, 'switch-release': look } },
    })

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-maintenance-'))
    server = await startCarersServer('nginx', 'mariadb')
    host = sshHost(server)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    const site = await repository.read('nginx/production.conf')
    const handler = await repository.read('wsgi/wsgi_handler.py')
    // what a site forbids is not forbidden to the page
    await repository.commit('page', {
      'deploy/off.html': PAGE,
      'nginx/production.conf': site.replace(
        'listen 80;',
        'listen 80;\n    deny 10.88.0.1;\n    error_page 503 /x;',
      ),
    })
    await repository.commit('own', {
      'deploy/off.html': null,
      'nginx/production.conf': site,
      'nginx/production-maintenance.conf':
        'server {\n  listen 80;\n  server_name carers.test;\n  location / { return 503 "servers of our own"; }\n}\n',
    })
    await repository.commit('lied', { 'wsgi/wsgi_handler.py': withHeader(handler, 'dev') })
    await repository.pushTo(server, REPOSITORY)
    expect((await deploy(carers(host, 'page', { ...BY_NGINX, webServer }))).error).toBeUndefined()
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  it('shows the page of the live release, whatever is in it, before and after the switch', async () => {
    expect((await visit(server)).status).toBe(403)
    const result = await deploy(off('own', () => expectPage(server, PAGE)))
    expect(result.error).toBeUndefined()
    expect(warningsOf(result).join()).toContain('the release has no deploy/off.html')
    expect((await visit(server)).body).toContain('carers version 1')
  })

  it('lets servers of the project’s own take the place of the site', async () => {
    const load = Load.on(server.address, { clients: 4 })
    const seen: string[] = []
    const result = await deploy(off('own', async () => seen.push((await visit(server)).body)))
    expect(result.error).toBeUndefined()
    expect(seen).toEqual(['servers of our own', 'servers of our own'])
    const { failures, statuses } = await load.stop()
    expect(failures).toEqual([])
    expect(Object.keys(statuses)).toEqual(['200', '503'])
    const { stdout } = await server.exec(
      'ls /etc/nginx/dye; grep -c "include /etc/nginx/dye" /etc/nginx/sites-enabled/carers.conf',
    )
    expect(stdout).toBe('carers.conf\n1')
    const options = { ...carers(host, 'own'), webServer }
    await maintenance(options, 'on')
    expect((await visit(server)).body).toBe('servers of our own')
    await maintenance(options, 'off')
    expect((await visit(server)).body).toContain('carers version 1')
  })

  it('is over with the old release, when the new one says that it is another', async () => {
    const check = webServer.check(URL, { seconds: 2 })
    const result = await deploy(carers(host, 'lied', { ...BY_NGINX, webServer: check, downtime: 'always' }))
    expect(result.outcome).toBe('rolled-back')
    expect(result.error?.message).toContain('X-Dye-Release says dev')
    expect((await visit(server)).body).toContain('carers version 1')
  })
})
