import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, type DeployOptions, deploy, type Host, Virtualenv } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const PACKAGES = 'deploy/pip_packages.txt'
const LOCAL = '--no-index\n--find-links wheels\n'
const PAGE = 'carers version 1\ngreeting 1.0\nvisits 0\nlegacy present'

needsTestServer('a virtualenv that cannot be built', () => {
  let server: TestServer
  let host: Host
  let directory: string

  const options = (tag: string, more: Partial<DeployOptions> = {}) =>
    carers(host, tag, {
      environment: 'staging',
      database: Database.sqlite({ file: '/var/django/carers/shared/data/site.sqlite3' }),
      ...more,
    })
  const virtualenv = Virtualenv.at('django/website/.ve').requirements(PACKAGES).systemSitePackages()

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-builds-'))
    server = await TestServer.start({ with: ['apache2'] })
    host = sshHost(server)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    const settings = await repository.read('django/website/local_settings.py.production')
    await repository.commit('v1', {
      'django/website/local_settings.py.staging': settings.replace(
        /DATABASES[\s\S]*/,
        `DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '/var/django/carers/shared/data/site.sqlite3'}}\n`,
      ),
      'apache/staging.conf': await repository.read('apache/production.conf'),
    })
    await repository.commit('no-network', { [PACKAGES]: 'greeting==1.0\n' })
    await repository.commit('unknown', { [PACKAGES]: `${LOCAL}no-such-package==1.2\n` })
    await repository.commit('hash', { [PACKAGES]: `${LOCAL}greeting==1.0 --hash=sha256:${'0'.repeat(64)}\n` })
    await repository.commit('disk', { [PACKAGES]: `${LOCAL}greeting==2.0\n` })
    await repository.pushTo(server, REPOSITORY)
    expect((await deploy(options('v1'))).error).toBeUndefined()
    expect(await page(server)).toBe(PAGE)
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const state = async () =>
    (
      await server.exec(
        'cd /var/django/carers && readlink dev && readlink -f dev/django/website/.ve && md5sum shared/data/* && ls -A',
      )
    ).stdout

  it.each([
    ['no network', 'no-network', 'PACKAGE_INDEX_UNREACHABLE', 'greeting==1.0'],
    ['an unknown package', 'unknown', 'PACKAGE_NOT_FOUND', 'no-such-package==1.2'],
    ['another hash', 'hash', 'PACKAGE_HASH_MISMATCH', 'greeting==1.0'],
    ['a full disk', 'disk', 'DISK_FULL', undefined],
  ])('for %s leaves the site as it is, and names the requirement', async (_, tag, code, requirement) => {
    const before = await state()
    if (code === 'DISK_FULL') await server.fill('/var/django/carers/.dye/virtualenvs')
    const result = await deploy(options(tag, { virtualenv }))
    if (code === 'DISK_FULL') await server.mend()
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.error).toMatchObject({ name: 'VirtualenvError', code })
    if (requirement) expect(result.error).toMatchObject({ requirement })
    expect(await state()).toBe(before)
    expect(await page(server)).toBe(PAGE)
  })

  it('for another Python than those there leaves the site as it is, and says which there are', async () => {
    const before = await state()
    const result = await deploy(options('v1', { virtualenv: virtualenv.python('>=3.16') }))
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.error?.message).toMatch(/none that is Python >= 3\.16[\s\S]*python3 is Python 3\.\d+/)
    expect(await state()).toBe(before)
    expect(await page(server)).toBe(PAGE)
  })

  it('is no obstacle to the next deploy', async () => {
    const result = await deploy(options('disk', { virtualenv }))
    expect(result.error).toBeUndefined()
    expect(await page(server)).toContain('greeting 2.0')
  })
})
