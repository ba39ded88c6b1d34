import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { deploy, type Host, type StepName, versions } from 'dye-deploy'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BY_NGINX, carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { startCarersServer } from '../support/carers-server.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import type { TestServer } from '../support/test-server.js'

const TSX = fileURLToPath(new URL('../../node_modules/.bin/tsx', import.meta.url))
const DYING_DEPLOYER = fileURLToPath(new URL('../support/dying-deployer.ts', import.meta.url))

/** Some of the steps in which a database can be taken back: all of them are among the faults. */
const WINDOW: readonly StepName[] = ['migrate-database', 'reload']

/** A virtual host of the project's own, for the time when its site is off. */
const MAINTENANCE_SITE = `<VirtualHost *:80>
  ServerName carers.test
  Redirect 503 /
</VirtualHost>
`

const OLD_PAGE = 'carers version 1\ngreeting 1.0\nvisits 2\nlegacy present'
const NEW_PAGE = 'carers version 2\ngreeting 2.0\nvisits 2\nlegacy gone'
const LIMIT_MS = 10_000

needsTestServer('a deployer that is killed', () => {
  let server: TestServer
  let host: Host
  let directory: string

  /** While a dump comes back there may be no table. */
  const facts = async () => {
    const { stdout } = await server.exec(
      `flock -n /var/django/carers/.dye/lock echo lock is free
      ls -d /var/django/carers/next /var/django/carers/.dye/maintenance 2>/dev/null
      readlink /etc/apache2/sites-enabled/carers.conf; ls /etc/apache2/*-enabled/*carers*
      mariadb -N carers -e 'SHOW CREATE TABLE visits_visit; CHECKSUM TABLE visits_visit' 2>&1`,
      { reject: false },
    )
    return stdout
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-killed-'))
    server = await startCarersServer('apache2', 'mariadb')
    host = sshHost(server)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    await repository.git('checkout', '--quiet', '--detach', 'v1')
    await repository.commit('v1-own', { 'apache/production-maintenance.conf': MAINTENANCE_SITE })
    await repository.pushTo(server, REPOSITORY)
    expect((await deploy(carers(host, 'v1'))).outcome).toBe('deployed')
    await page(server, '/add')
    await page(server, '/add')
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  /** Lets a deployer of version 2 die after a step, and waits for what it was before, but for what a function leaves out. */
  const expectOldSiteAfter = async (step: StepName, seen = (all: string) => all) => {
    const before = seen(await facts())
    expect(before).toContain('lock is free')
    const words = [server.address, server.identityFile, server.knownHosts, 'v2', step]
    const dead = await execa(TSX, [DYING_DEPLOYER, ...words], { reject: false })
    expect(dead.stdout).toBe('')
    const end = Date.now() + LIMIT_MS
    while (Date.now() < end && (seen(await facts()) !== before || (await page(server)) !== OLD_PAGE))
      await pause(200)
    expect(seen(await facts())).toBe(before)
    expect(await page(server)).toBe(OLD_PAGE)
    const [newest] = await versions(carers(host, 'v2'))
    expect(newest?.status).toBe('aborted')
    return newest
  }

  it('leaves the old site, whole, and a free lock, with a virtual host of the project’s own in its place, too', async () => {
    expect((await deploy(carers(host, 'v1-own'))).outcome).toBe('deployed')
    for (const step of WINDOW) {
      const aborted = await expectOldSiteAfter(step)
      expect(aborted?.downtime?.milliseconds).toBeGreaterThan(0)
    }
  }, 120_000)

  it('after site-on leaves the old code, and the database of the new: somebody may have written', async () => {
    await expectOldSiteAfter('site-on', all => all.replace(/visits_visit[\s\S]*/, ''))
    const takeBack = `ALTER TABLE visits_visit DROP COLUMN note; DELETE FROM django_migrations WHERE name = '0002_visit_note'`
    await server.exec('mariadb carers', { input: takeBack })
  })

  it('keeps nobody from the next deploy', async () => {
    const result = await deploy(carers(host, 'v2'))
    expect(result.error).toBeUndefined()
    expect(result.outcome).toBe('deployed')
    expect(await page(server)).toBe(NEW_PAGE)
  })
})

needsTestServer('a deployer that is killed, of a site with gunicorn', () => {
  let server: TestServer
  let host: Host
  let directory: string

  /** What runs, and what would run after a boot. */
  const units = async () => {
    const { stdout } = await server.exec(
      `systemctl list-units --plain --no-legend --state=active 'carers-gunicorn@*' | cut -d' ' -f1
      ls /etc/systemd/system/multi-user.target.wants | grep carers-gunicorn; readlink /run/carers/gunicorn.sock
      ls -d /var/django/carers/next /var/django/carers/.dye/maintenance 2>/dev/null; flock -n /var/django/carers/.dye/lock echo lock is free`,
      { reject: false },
    )
    return stdout
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-killed-'))
    server = await startCarersServer('nginx', 'mariadb')
    host = sshHost(server)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    await repository.git('checkout', '--quiet', '--detach', 'v1')
    const urls = await repository.read('django/website/urls.py')
    await repository.commit('v1a', { 'django/website/urls.py': urls.replace('version 1', 'version 1a') })
    await repository.pushTo(server, REPOSITORY)
    expect((await deploy(carers(host, 'v1', BY_NGINX))).error).toBeUndefined()
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it.each([
    ['reload', 'v1a'],
    ['migrate-database', 'v2'],
  ])('after %s of %s leaves the old processes, and them only', async (step, tag) => {
    const before = await units()
    expect(before).toMatch(/lock is free$/)
    const words = [server.address, server.identityFile, server.knownHosts, tag, step, 'nginx']
    const dead = await execa(TSX, [DYING_DEPLOYER, ...words], { reject: false })
    expect(dead.stdout).toBe('')
    const end = Date.now() + LIMIT_MS
    while (Date.now() < end && (await units()) !== before) await pause(200)
    expect(await units()).toBe(before)
    expect(await page(server)).toContain('carers version 1\n')
  })

  it('keeps nobody from the next deploy', async () => {
    expect((await deploy(carers(host, 'v2', BY_NGINX))).error).toBeUndefined()
    expect(await page(server)).toContain('carers version 2')
    expect((await units()).split('\n')).toHaveLength(4)
  })
})
