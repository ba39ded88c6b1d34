import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deploy, disableSite, enableSite } from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BY_NGINX, carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { blocksOf } from '../support/documents.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

needsTestServer('the lines for sudoers in the guide to security', () => {
  let directory: string
  let repository: ProjectRepository

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-sudoers-'))
    repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    const urls = await repository.read('django/website/urls.py')
    await repository.commit('own', {
      'apache/production-maintenance.conf':
        '<VirtualHost *:80>\n  ServerName carers.test\n  Redirect 503 /\n</VirtualHost>\n',
      'nginx/production-maintenance.conf':
        'server {\n  listen 80;\n  server_name carers.test;\n  return 503;\n}\n',
    })
    await repository.commit('broken-page', {
      'django/website/urls.py': `raise RuntimeError('broken')\n${urls}`,
    })
  })

  afterAll(async () => {
    if (directory) await rm(directory, { recursive: true })
  })

  it.each([
    ['apache2', 0, {}, 'RuntimeError: broken'],
    ['nginx', 1, BY_NGINX, 'it said 500'],
  ] as const)('are all that a deploy needs: %s', async (program, index, more, message) => {
    const blocks = (await blocksOf('docs/security.md')).filter(({ language }) => language === 'sudoers')
    const [whole = '', others = ''] = blocks.map(({ text }) => text)
    const site = /^Cmnd_Alias CARERS_SITE = (?:.*\\\n)+.*\n/m
    expect(whole).toMatch(site)
    expect(others).toMatch(site)
    const lines = index === 0 ? whole : whole.replace(site, () => others)
    await using server = await TestServer.start({ with: [program, 'mariadb'] })
    await repository.pushTo(server, REPOSITORY)
    await server.writeFile('/etc/sudoers.d/test-server', lines, { mode: '440' })
    await server.writeFile('/etc/sudoers.d/log', 'Defaults logfile=/var/log/sudo.log, loglinelen=0\n', {
      mode: '440',
    })
    await server.exec('visudo -c')
    await using host = sshHost(server)
    const first = await deploy(carers(host, 'v1', more))
    expect(first.error).toBeUndefined()
    expect(first.outcome).toBe('deployed')
    const update = await deploy(carers(host, 'v2', more))
    expect(update.error).toBeUndefined()
    expect(update.migrations).toEqual(['visits.0002_visit_note'])
    expect((await deploy(carers(host, 'own', more))).error).toBeUndefined()
    const failed = await deploy(carers(host, 'broken-page', { ...more, downtime: 'always' }))
    expect(failed.outcome).toBe('rolled-back')
    expect(failed.warnings.join()).not.toContain('is not used')
    expect(failed.error?.message).toContain(message)
    const there = carers(host, 'v2', more)
    await disableSite(there)
    await enableSite(there)
    expect(await page(server)).toContain('carers version 2')

    const refused = "grep -e 'command not allowed' -e 'password is required' /var/log/sudo.log || :"
    expect((await server.exec(refused)).stdout).toBe('')
    await expect(host.run`sudo -n id`).rejects.toMatchObject({ name: 'SudoError' })
    expect((await server.exec(refused)).stdout).toContain('COMMAND=/usr/bin/id')
  })
})
