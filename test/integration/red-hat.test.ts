import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deploy, disableSite, enableSite, type Host, WebServer } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sitePlace } from '../../src/deploy/site-place.js'
import { Layout } from '../../src/release/layout.js'
import { carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { likeRedHat } from '../support/red-hat.js'
import { TestServer } from '../support/test-server.js'

needsTestServer('Apache as Red Hat lays it out', () => {
  let directory: string
  let server: TestServer
  let host: Host
  const { service } = WebServer.apache('apache/production.conf')

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-red-hat-'))
    server = await TestServer.start({ with: ['apache2', 'mariadb'] })
    await likeRedHat(server)
    host = sshHost(server)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    const site = await repository.read('apache/production.conf')
    const urls = await repository.read('django/website/urls.py')
    await repository.commit('broken-site', { 'apache/production.conf': `${site}\nNonsense on\n` })
    await repository.commit('broken-page', {
      'apache/production.conf': site,
      'django/website/urls.py': `raise RuntimeError('broken')\n${urls}`,
    })
    await repository.pushTo(server, REPOSITORY)
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  it('is started by the first deploy, as nobody else has done so', async () => {
    expect(await service.status(host)).toBe('stopped')
    const result = await deploy(carers(host, 'v1'))
    expect(result.error).toBeUndefined()
    expect(await page(server)).toContain('carers version 1')
    expect(await service.status(host)).toBe('running')
    const { stdout } = await server.exec('ls /etc/httpd/conf.d; readlink /etc/httpd/conf.d/carers.conf')
    expect(stdout.split('\n')).toEqual([
      'carers.conf',
      'dye-carers.conf',
      'welcome.conf',
      '/var/django/carers/dev/apache/production.conf',
    ])
  })

  it('shows the maintenance page while a migration runs', async () => {
    const seen: string[] = []
    const result = await deploy(
      carers(host, 'v2', {
        hooks: { after: { 'migrate-database': async () => seen.push(await page(server)) } },
      }),
    )
    expect(result.error).toBeUndefined()
    expect(seen.join()).toContain('We are updating this site')
    expect(await page(server)).toContain('carers version 2')
  })

  it('tells what it refuses by file and line, and what a site that fails has logged', async () => {
    const refused = await deploy(carers(host, 'broken-site'))
    expect(refused.outcome).toBe('failed-before-switch')
    expect(refused.error?.message).toMatch(
      /line \d+ of \/var\/django\/carers\/previous\/\S+\/apache\/production.conf/,
    )
    expect(refused.error?.message).not.toContain('/tmp/')
    const failed = await deploy(carers(host, 'broken-page'))
    expect(failed.outcome).toBe('rolled-back')
    expect(failed.error?.message).toContain('RuntimeError: broken')
    expect(await page(server)).toContain('carers version 2')
  })

  it('is reloaded and tested, with all its sites', async () => {
    await server.writeFile('/etc/httpd/conf.d/broken.conf', '\nNonsense on\n')
    for (const act of [service.test, service.reload]) {
      await expect(act.call(service, host)).rejects.toMatchObject({
        code: 'BAD_CONFIGURATION',
        message: expect.stringContaining('line 2 of /etc/httpd/conf.d/broken.conf'),
      })
    }
    await server.exec('rm /etc/httpd/conf.d/broken.conf')
    await service.reload(host)
    expect(await service.status(host)).toBe('running')
  })

  it('has files between its sites, which are not taken for one', async () => {
    const webServer = WebServer.apache('apache/production.conf')
    const layout = new Layout('/var/django/carers')
    const place = (project: string) => sitePlace({ project, environment: 'production' }, layout, layout.live)
    expect(await host.perform(webServer.testConfiguration(place('carers')))).toMatchObject({ changed: false })
    await expect(host.perform(webServer.testConfiguration(place('welcome')))).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      message: expect.stringContaining('/etc/httpd/conf.d/welcome.conf'),
    })
  })

  it('loses a site, and gets it back', async () => {
    await disableSite(carers(host, 'v2'))
    expect((await server.exec('ls /etc/httpd/conf.d')).stdout).toBe('welcome.conf')
    expect(await page(server)).not.toContain('carers')
    await enableSite(carers(host, 'v2'))
    await expect.poll(() => page(server)).toContain('carers version 2') // a process of before the reload may answer
  })
})
