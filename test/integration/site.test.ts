import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AppServer,
  Database,
  type DeployOptions,
  type DeployResult,
  deploy,
  directory,
  type Host,
  maintenance,
  Php,
  rollback,
  Site,
  WebServer,
} from 'dye-deploy'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { BY_NGINX, carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { phpVersion } from '../support/php-project.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const SQLITE = '/var/django/carers/shared/data/site.sqlite3'
const SETTINGS = `from private_settings import DB_PASSWORD  # noqa: F401

DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '${SQLITE}'}}
`

/** Says what was asked for, as the application sees it; sets a header that the site sets, too. */
const ASKED = `path('asked', lambda request: HttpResponse(
    '%s %s %s %d' % (
        request.get_host(), request.META.get('HTTP_X_FORWARDED_PROTO'), request.META.get('HTTP_X_FORWARDED_FOR'), len(request.body)),
    headers={'X-Content-Type-Options': 'nosniff'}))`

const STATIC = 'django/website/visits/static/visits'
const MADE_BY_US = '/var/django/carers/dev/.dye-site.conf'

vi.setConfig({ testTimeout: 180_000 }) // several deploys in a test

/** What all sites here serve. */
const SITE = Site.named('carers.test', 'www.carers.test')
  .files('/static/', 'django/website/static', { hashed: true, maxAge: '2h' })
  .files('/uploads/', 'django/website/uploads')

/** A certificate that nobody has vouched for, in the place of one by ACME. */
const CERTIFICATE = `mkdir -p /etc/test-tls /var/www/letsencrypt/.well-known/acme-challenge && cd /etc/test-tls &&
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out chain.pem -days 2 \\
    -subj /CN=carers.test -addext subjectAltName=DNS:carers.test,DNS:www.carers.test 2>/dev/null
  echo proof >/var/www/letsencrypt/.well-known/acme-challenge/token`

const gunicorn = AppServer.gunicorn('wsgi_handler:application', { directory: 'wsgi' })

const stepOf = ({ steps }: DeployResult, name: string) => steps.find(({ step }) => step === name)

async function versionsOf(repository: ProjectRepository): Promise<void> {
  const urls = await repository.read('django/website/urls.py')
  const template = (await repository.read('nginx/production.conf'))
    .replace('carers.test;', '{{ name }};')
    .replaceAll('/var/django/carers/dev/', '{{ live }}/')
    .replace('unix:/run/carers/gunicorn.sock', 'unix:{{ socket }}')
  await repository.commit('v1', {
    'django/website/local_settings.py.production': SETTINGS,
    'django/website/urls.py': urls.replace('urlpatterns = [', `urlpatterns = [${ASKED}, `),
    'nginx/site.conf.in': template,
    [`${STATIC}/site.0a1b2c3d4e5f.css`]: 'body { color: green }\n'.repeat(200),
    [`${STATIC}/.secret`]: 'a secret\n',
  })
}

function options(host: Host, webServer: WebServer, more: Partial<DeployOptions> = {}): DeployOptions {
  return carers(host, 'v1', { database: Database.sqlite({ file: SQLITE }), ...more, webServer })
}

/** What is answered to a request for a name, on the server itself. */
async function get(server: TestServer, url: string, ...words: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await server.exec(
    `curl -sSik --max-time 10 --connect-to '::127.0.0.1:' ${words.join(' ')} '${url}'`,
    { reject: false },
  )
  return exitCode === 0 ? stdout.replaceAll('\r', '') : stderr
}

needsTestServer('a generated site of nginx', () => {
  let temporary: string
  let server: TestServer
  let host: Host

  const secure = SITE.upstream(gunicorn)
    .certificate('/etc/test-tls/chain.pem', '/etc/test-tls/key.pem')
    .hsts(30)
    .canonical()
  const by = (site: Site | string, url = 'https://carers.test/') =>
    options(host, WebServer.nginx(site).check(url, { certificate: 'any', seconds: 10 }), {
      processes: BY_NGINX.processes ?? [],
    })
  const inForce = async () => (await server.exec('cat /etc/nginx/sites-enabled/carers.conf')).stdout
  const workers = async () => (await server.exec('pgrep -P "$(cat /run/nginx.pid)" | sort')).stdout

  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'dye-site-'))
    server = await TestServer.start({ with: ['nginx'] })
    host = sshHost(server)
    const repository = await ProjectRepository.create(join(temporary, 'project'))
    await versionsOf(repository)
    await repository.commit('misspelt', { 'nginx/site.conf.in': 'server {\n  server_name {{ nmae }};\n}\n' })
    await repository.pushTo(server, REPOSITORY)
    await server.exec(CERTIFICATE)
    await server.writeFile(
      '/etc/nginx/sites-enabled/a-lax-one',
      'server { listen 8443 ssl; server_name lax.test; ssl_certificate /etc/test-tls/chain.pem; ssl_certificate_key /etc/test-tls/key.pem; ssl_protocols TLSv1.1; ssl_ciphers DEFAULT@SECLEVEL=0; return 200 lax; }\n',
    )
    await server.exec('nginx -s reload')
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (temporary) await rm(temporary, { recursive: true })
  })

  it('takes the place of a file; if it is not well, the file is in force again', async () => {
    const first = await deploy(by('nginx/production.conf', 'http://carers.test/'))
    expect(first.error).toBeUndefined()
    const before = await inForce()
    const webServer = WebServer.nginx(secure).check('https://carers.test/no-such-page', {
      certificate: 'any',
    })
    const result = await deploy({ ...by(secure), webServer })
    expect(result.outcome).toBe('rolled-back')
    expect((await inForce()).replace(/\n+/g, '\n')).toBe(before.replace(/\n+/g, '\n'))
    expect(await page(server)).toContain('carers version 1')
    const second = await deploy(by(secure))
    expect(second.error).toBeUndefined()
    expect(stepOf(second, 'reload')?.note).toContain('with its new configuration')
    await server.exec('nginx -t')
  })

  it('is served by https, and http leads there', async () => {
    const home = await get(server, 'https://carers.test/')
    expect(home).toMatch(/^HTTP\/2 200[\s\S]*carers version 1/)
    expect(home).toMatch(/^strict-transport-security: max-age=2592000$/m)
    expect(home).toMatch(/^server: nginx$/m)
    expect(await get(server, 'http://carers.test/a%20b%3Fc?d=e')).toMatch(
      /^HTTP\/1.1 301 [\s\S]*^Location: https:\/\/carers.test\/a%20b%3Fc\?d=e$/m,
    )
    expect(await get(server, 'https://www.carers.test/x?y')).toMatch(
      /^HTTP\/2 301[\s\S]*^location: https:\/\/carers.test\/x\?y$/m,
    )
    expect(await get(server, 'http://carers.test/.well-known/acme-challenge/token')).toMatch(
      / 200 [\s\S]*proof$/,
    )
  })

  it('tells the application who asks, and how', async () => {
    const asked = await get(server, 'https://carers.test/asked', "-H 'X-Forwarded-Proto: http'")
    expect(asked).toMatch(/\n\ncarers.test https 127.0.0.1 0$/)
    expect(asked.match(/^x-content-type-options: nosniff$/gm)).toHaveLength(1)
  })

  it('takes no TLS that is older than 1.2', async () => {
    const old = ['--tlsv1.1', '--tls-max 1.1', '--ciphers DEFAULT@SECLEVEL=0']
    expect(await get(server, 'https://lax.test:8443/', ...old)).toMatch(/ 200 /)
    expect(await get(server, 'https://carers.test/', ...old)).toMatch(/alert protocol version/)
    for (const version of ['1.2', '1.3']) {
      expect(await get(server, 'https://carers.test/', `--tlsv${version} --tls-max ${version}`)).toMatch(
        / 200/,
      )
    }
  })

  it('serves files, and says how long they may be kept', async () => {
    const css = await get(server, 'https://carers.test/static/visits/site.css')
    expect(css).toMatch(/ 200[\s\S]*^cache-control: public, max-age=7200$/m)
    expect(css).toMatch(/^x-content-type-options: nosniff$/m)
    const hashed = await get(
      server,
      'https://carers.test/static/visits/site.0a1b2c3d4e5f.css',
      '--compressed',
    )
    expect(hashed).toMatch(/^cache-control: public, max-age=31536000, immutable$/m)
    expect(hashed).toMatch(/^content-encoding: gzip$/m)
    expect(hashed).toContain('color: green')
    await server.exec(`cd /var/django/carers/dev/django/website/uploads && echo '<?php echo 6 * 7;' >x.php`)
    const upload = await get(server, 'https://carers.test/uploads/x.php')
    expect(upload).toMatch(/ 200[\s\S]*^x-content-type-options: nosniff$[\s\S]*6 \* 7/m)
    expect(await get(server, 'https://carers.test/static/')).toMatch(/ 403/)
  })

  it('refuses what begins with a dot', async () => {
    for (const path of ['/.git/config', '/static/visits/.secret', '/static/visits/../../.env', '/x/.y/z']) {
      expect(await get(server, `https://carers.test${path}`, '--path-as-is')).toMatch(/^HTTP\/2 403/)
    }
  })

  it('shows the maintenance page while it is off', async () => {
    await maintenance(by(secure), 'on')
    expect(await get(server, 'https://carers.test/static/visits/site.css')).toMatch(
      /^HTTP\/2 503[\s\S]*We are updating/,
    )
    expect(await get(server, 'http://carers.test/')).toMatch(/^HTTP\/1.1 503/)
    expect(await get(server, 'https://lax.test:8443/', '--tls-max 1.2')).not.toContain('We are updating')
    await maintenance(by(secure), 'off')
    expect(await get(server, 'https://carers.test/')).toMatch(/^HTTP\/2 200/)
  })

  it('is read anew when it has changed, and only then; a release has its own', async () => {
    const before = await workers()
    const same = await deploy(by(secure))
    expect(same.error).toBeUndefined()
    expect(stepOf(same, 'test-configuration')?.note).toBe('good, and as before')
    expect(await workers()).toBe(before)
    const body = 'head -c 2000000 /dev/zero | '
    const post = async () =>
      (
        await server.exec(
          `${body}curl -sk --connect-to ::127.0.0.1: -o /dev/null -w '%{http_code}' --data-binary @- https://carers.test/asked`,
        )
      ).stdout
    expect(await post()).toBe('200')
    const changed = await deploy(by(secure.maxBody('1m')))
    expect(changed.error).toBeUndefined()
    expect(await workers()).not.toBe(before)
    expect(await post()).toBe('413')
    const back = await rollback(by(secure.maxBody('1m')))
    expect(back.error).toBeUndefined()
    expect(await post()).toBe('200')
  })

  it('is made for a release that has none, and kept of one that had a file', async () => {
    const releases = '/var/django/carers/previous'
    const names = (await server.exec(`ls ${releases}`)).stdout.split('\n')
    const [oldest = ''] = names
    expect((await server.exec(`cat ${releases}/${oldest}/.dye-site.conf`)).stdout).toContain('listen 80;')
    await server.exec(`rm ${releases}/${oldest}/.dye-site.conf`)
    const result = await rollback({ ...by(secure), to: oldest })
    expect(result.error).toBeUndefined()
    expect(await get(server, 'https://carers.test/')).toMatch(/^HTTP\/2 200/)
    expect((await server.exec(`cat ${MADE_BY_US}`)).stdout).toBe(
      secure.nginx({ project: 'carers', live: '/var/django/carers/dev' }).trim(),
    )
  })

  it('may come from a template of the repository', async () => {
    const before = await inForce()
    const made = (tag: string, variables: Record<string, string>) => {
      const all = by('nginx/site.conf.in', 'http://carers.test/')
      const webServer = WebServer.nginx('nginx/site.conf.in').variables(variables)
      return deploy({ ...all, ...carers(host, tag, { ...all, source: carers(host, tag).source, webServer }) })
    }
    const failed = await made('misspelt', { name: 'carers.test' })
    expect(failed.outcome).toBe('failed-before-switch')
    expect(failed.error?.message).toContain('nginx/site.conf.in:2: there is no variable nmae')
    expect(failed.error?.message).toMatch(
      /there are user, group, project, environment, root, live, virtualenv, socket, name\./,
    )
    expect(await inForce()).toBe(before)
    const result = await made('v1', { name: 'carers.test' })
    expect(result.error).toBeUndefined()
    expect(await inForce()).toMatch(
      /server_name carers.test;[\s\S]*proxy_pass http:\/\/unix:\/run\/carers\/gunicorn.sock;/,
    )
    expect(await page(server)).toContain('carers version 1')
  })

  it('gives way to a file; if that is not well, it is in force again', async () => {
    const made = await inForce()
    const webServer = WebServer.nginx('nginx/production.conf').check('http://carers.test/no-such-page')
    const result = await deploy({ ...by(secure), webServer })
    expect(result.outcome).toBe('rolled-back')
    expect(await inForce()).toBe(made)
  })
})

needsTestServer('a generated site of Apache', () => {
  let temporary: string
  let server: TestServer
  let host: Host
  let repository: ProjectRepository

  const by = (site: Site, more: Partial<DeployOptions> = {}) =>
    options(host, WebServer.apache(site), { source: directory(repository.directory), ...more })
  const wsgi = () => SITE.wsgi('wsgi/wsgi_handler.py', { processes: 1, threads: 3 })

  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'dye-site-'))
    server = await TestServer.start({ with: ['apache2'] })
    host = sshHost(server)
    repository = await ProjectRepository.create(join(temporary, 'project'))
    await versionsOf(repository)
    await phpVersion(repository, 'php', { 'public/uploads/x.php': '<?php echo 6 * 7;' })
    await server.exec(CERTIFICATE)
    await server.writeFile(
      '/etc/apache2/conf-enabled/runs-php.conf',
      '<FilesMatch "[.]php$">\n  SetHandler server-status\n</FilesMatch>\n',
    )
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (temporary) await rm(temporary, { recursive: true })
  })

  it('says which module is missing', async () => {
    const result = await deploy({ ...by(SITE.upstream(gunicorn)), processes: [gunicorn] })
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.error?.message).toContain('the site wants mod_proxy: a2enmod proxy')
    await server.exec('a2enmod -q headers ssl proxy proxy_http proxy_fcgi && systemctl restart apache2')
  })

  it('is served by mod_wsgi, as the user of the application', async () => {
    const result = await deploy(by(wsgi()))
    expect(result.error).toBeUndefined()
    expect(await page(server)).toContain('carers version 1')
    const { stdout } = await server.exec("ps -eo user:20=,args= | grep '[w]sgi:carers'")
    expect(stdout).toMatch(/^deploy /)
    const asked = await get(server, 'http://www.carers.test/asked', "-H 'X-Forwarded-Proto: https'")
    expect(asked).toMatch(/\n\nwww.carers.test http None 0$/)
    expect(asked.match(/^X-Content-Type-Options: nosniff$/gm)).toHaveLength(1)
    await server.exec('apache2ctl -t')
  })

  it('serves files, and refuses what begins with a dot', async () => {
    const css = await get(server, 'http://carers.test/static/visits/site.css')
    expect(css).toMatch(/ 200 [\s\S]*^Cache-Control: public, max-age=7200$/m)
    expect(css).toMatch(/^X-Content-Type-Options: nosniff$/m)
    const hashed = await get(server, 'http://carers.test/static/visits/site.0a1b2c3d4e5f.css', '--compressed')
    expect(hashed).toMatch(/^Cache-Control: public, max-age=31536000, immutable$/m)
    expect(hashed).toMatch(/^Content-Encoding: gzip$/m)
    expect(hashed).toContain('color: green')
    await server.exec(`cd /var/django/carers/dev/django/website/uploads && echo '<?php echo 6 * 7;' >x.php`)
    expect(await get(server, 'http://carers.test/uploads/x.php')).toMatch(/ 200 [\s\S]*nosniff[\s\S]*6 \* 7/)
    expect(await get(server, 'http://carers.test/.well-known/acme-challenge/token')).toMatch(
      / 200 [\s\S]*proof$/,
    )
    for (const path of ['/.git/config', '/static/visits/.secret', '/x/.y/z']) {
      expect(await get(server, `http://carers.test${path}`)).toMatch(/^HTTP\/1.1 403/)
    }
  })

  it('is read anew only when it has changed, and is nothing that was changed by hand', async () => {
    const same = await deploy(by(wsgi()))
    expect(same.error).toBeUndefined()
    expect(stepOf(same, 'check-live-changes')?.note).toBe('none')
    expect(stepOf(same, 'test-configuration')?.note).toBe('good, and as before')
    const changed = await deploy(by(wsgi().maxBody('1m')))
    expect(stepOf(changed, 'test-configuration')?.note).toBe('good, and it has changed')
    const back = await rollback(by(wsgi().maxBody('1m')))
    expect(back.error).toBeUndefined()
    expect(stepOf(back, 'test-configuration')?.note).toBe('good, and it has changed')
    expect((await server.exec(`cat ${MADE_BY_US}`)).stdout).toContain('LimitRequestBody 10485760')
  })

  it('asks gunicorn by https, and shows the maintenance page in its place', async () => {
    const secure = SITE.upstream(gunicorn)
      .certificate('/etc/test-tls/chain.pem', '/etc/test-tls/key.pem')
      .canonical()
    const webServer = WebServer.apache(secure).check('https://carers.test/', { certificate: 'any' })
    const all = { ...by(secure), processes: [gunicorn], webServer }
    const result = await deploy(all)
    expect(result.error).toBeUndefined()
    expect(await get(server, 'https://carers.test/asked')).toMatch(/\n\ncarers.test https 127.0.0.1 0$/)
    const old = ['--tlsv1.1', '--tls-max 1.1', '--ciphers DEFAULT@SECLEVEL=0']
    expect(await get(server, 'https://carers.test/', ...old)).toMatch(/alert protocol version/)
    expect(await get(server, 'http://carers.test/a%20b%3Fc?d=e')).toMatch(
      /^HTTP\/1.1 301 [\s\S]*^Location: https:\/\/carers.test\/a%20b%3[Ff]c\?d=e$/m,
    )
    expect(await get(server, 'https://www.carers.test/x?y')).toMatch(
      /^Location: https:\/\/carers.test\/x\?y$/m,
    )
    expect(await get(server, 'http://carers.test/.well-known/acme-challenge/token')).toMatch(
      / 200 [\s\S]*proof$/,
    )
    expect(await get(server, 'https://carers.test/.git/config')).toMatch(/^HTTP\/1.1 403/)
    await maintenance(all, 'on')
    for (const path of ['/', '/static/visits/site.css']) {
      expect(await get(server, `https://carers.test${path}`)).toMatch(/^HTTP\/1.1 503 [\s\S]*We are updating/)
    }
    await maintenance(all, 'off')
    expect(await get(server, 'https://carers.test/')).toMatch(/ 200 /)
  })

  it('asks PHP, but not for what visitors have brought', async () => {
    const site = Site.named('php.test').php('public').files('/uploads/', 'public/uploads')
    const result = await deploy({
      ...{ project: 'shop', environment: 'production', hosts: [host] },
      source: directory(repository.directory),
      application: Php.at('.').runsAs('web-server').writable(['var/log']),
      processes: [AppServer.phpFpm({ workers: 1 })],
      webServer: WebServer.apache(site).check('http://php.test/', { contains: 'hello php' }),
    })
    expect(result.error).toBeUndefined()
    expect(await get(server, 'http://php.test/some/page')).toMatch(/ 200 [\s\S]*hello php/)
    expect(await get(server, 'http://php.test/style.css')).toMatch(/ 200 [\s\S]*\/\* php \*\//)
    expect(await get(server, 'http://php.test/uploads/x.php')).toMatch(/ 200 [\s\S]*6 \* 7/)
    expect(await get(server, 'http://php.test/uploads/none')).toMatch(/ 404 /)
    expect(await get(server, 'https://carers.test/')).toMatch(/ 200 [\s\S]*carers version 1/)
  })
})
