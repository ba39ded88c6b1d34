import { describe, expect, it } from 'vitest'
import { Php } from '../../../../src/application/php.js'
import { lock } from '../../../../src/deploy/afterwards/closing.js'
import { deploy } from '../../../../src/deploy/deploy.js'
import { Deployment } from '../../../../src/deploy/deployment.js'
import { doctor } from '../../../../src/deploy/doctor/doctor.js'
import type { DeployOptions } from '../../../../src/deploy/options.js'
import { ConnectionError } from '../../../../src/errors/connection-error.js'
import type { Connection } from '../../../../src/host/connection.js'
import { Host } from '../../../../src/host/host.js'
import { git } from '../../../../src/source/git.js'
import { FakeClock, FakeHost, FakeRepository, type FakeServerOptions } from '../../../../src/testing.js'
import { WebServer } from '../../../../src/web-server/web-server.js'

const URL = 'git@git.example.org:site.git'
const HOME = '/var/django/site'
const repository = FakeRepository.of({ 'index.html': 'hello' })

const server = (options: FakeServerOptions = {}) =>
  FakeHost.server({ repositories: { [URL]: repository }, ...options })

const site = (host: Host, more: Partial<DeployOptions> = {}): DeployOptions => ({
  project: 'site',
  environment: 'production',
  hosts: [host],
  source: git(URL).branch('main'),
  ...more,
})

async function deployed() {
  const host = server()
  const { release, error } = await deploy(site(host))
  expect(error).toBeUndefined()
  return { host, release }
}

async function found(options: DeployOptions) {
  const { findings } = await doctor(options)
  return findings.map(({ code, severity, message }) => [severity, code, message])
}

describe('the doctor, on a server in memory', () => {
  it('has nothing to say of one that is well', async () => {
    expect(await doctor(site(server()))).toEqual({ isWell: true, findings: [] })
    const { host } = await deployed()
    const before = host.uses
    expect(await doctor(site(host))).toEqual({ isWell: true, findings: [] })
    expect(host.uses - before).toBe(1)
  })

  it('tells what a deploy that died has left', async () => {
    const { host } = await deployed()
    await host.run`cd ${HOME} && ln -s previous/2026-01-01_00-00-00 next && touch .dye/maintenance`
    expect(await found(site(host))).toEqual([
      ['warning', 'LEFT_OVER', 'a deploy died and left 2026-01-01_00-00-00 unfinished'],
      ['warning', 'SITE_OFF', 'the site shows its maintenance page, and nobody deploys'],
    ])
    const asking = await doctor(site(host, { questions: { leftOver: 'abort' } }))
    expect(asking).toMatchObject({ isWell: false, findings: [{ code: 'LEFT_OVER', severity: 'error' }, {}] })
  })

  it('tells what was changed by hand, and whether a deploy would stop for it', async () => {
    const { host } = await deployed()
    await host.run`echo changed >${HOME}/dev/index.html`
    expect(await doctor(site(host))).toMatchObject({
      isWell: false,
      findings: [{ code: 'LIVE_CHANGES', remedy: expect.stringContaining("{ liveChanges: 'continue' }") }],
    })
    expect(await doctor(site(host, { questions: { liveChanges: () => 'continue' } }))).toMatchObject({
      isWell: true,
      findings: [{ code: 'LIVE_CHANGES', severity: 'warning' }],
    })
  })

  it('compares link, journal and releases', async () => {
    const { host, release } = await deployed()
    await host.run`cd ${HOME} && rm -r previous/${release} && echo 'half a li' >>.dye/journal.jsonl`
    expect((await found(site(host))).map(([, code]) => code)).toEqual(['LIVE_DANGLING', 'JOURNAL_DAMAGED'])
    expect((await deploy(site(host))).outcome).toBe('deployed')
    await host.run`cd ${HOME} && rm dev && echo x >dev`
    const codes = await found(site(host))
    expect(codes.map(([severity, code]) => `${severity} ${code}`)).toEqual([
      'error LIVE_NOT_A_LINK',
      'warning JOURNAL_DAMAGED',
      'warning RELEASE_MISSING',
    ])
  })

  it('tells who has forbidden deploys', async () => {
    const { host } = await deployed()
    await lock({ ...site(host), message: 'closed for the fair' })
    expect(await found(site(host))).toMatchObject([
      ['error', 'CLOSED', expect.stringContaining('closed for the fair')],
    ])
  })

  it('compares the clocks', async () => {
    const host = server({ clock: new FakeClock(new Date(Date.now() + 60_000)) })
    expect(await found(site(host))).toEqual([
      ['warning', 'CLOCK_SKEWED', expect.stringMatching(/^its clock is (60|59) s ahead of the one here$/)],
    ])
  })

  it('tells that nothing can be run as root, where something has to be', async () => {
    const users = { deploy: {} }
    const files = { '/var/django/README': { content: '', owner: 'deploy' } }
    expect((await found(site(server({ users, files })))).map(([, code]) => code)).toEqual([
      'SUDO_PASSWORD_REQUIRED',
    ])
    const packages = ['git', 'apache2', 'curl'] as const
    const webServer = WebServer.apache('apache/production.conf')
    expect((await found(site(server({ packages }), { webServer }))).map(([, code]) => code)).toEqual([
      'SUDO_MISSING',
    ])
  })

  it('looks for what the options need, and tells what may be needed', async () => {
    const options = site(server({ packages: ['git', 'sudo'] }), {
      application: Php.at('.'),
      webServer: WebServer.nginx('nginx/production.conf'),
    })
    expect((await found(options)).map(([severity, , message]) => `${severity}: ${message}`)).toEqual([
      'warning: there is no php, which is needed if the release has a composer.json',
      'warning: there is no composer, which is needed if the release has a composer.json',
      'error: there is no nginx',
      'error: there is no curl',
    ])
  })

  it('examines the others, if a server cannot be reached', async () => {
    const account = { what: 'connect', host: 'web2', why: 'nobody answers' }
    const openShell = () => Promise.reject(new ConnectionError('CONNECT_FAILED', account))
    const away = Host.over({
      name: 'web2',
      connects: 0,
      openShell,
      close: async () => {},
    } as unknown as Connection)
    const { findings } = await doctor(site(server(), { hosts: [server(), away] }))
    expect(findings).toMatchObject([{ host: 'web2', code: 'CONNECT_FAILED', severity: 'error' }])
  })
})

describe('the first step', () => {
  it('names all programs that are missing, of the steps that are run', async () => {
    const options = site(server({ packages: ['sudo'] }), {
      webServer: WebServer.nginx('nginx/production.conf'),
    })
    const { error, steps } = await deploy(options)
    expect(error).toMatchObject({
      code: 'MISSING_REQUIREMENT',
      programs: ['git 2.15 or newer', 'ssh', 'nginx', 'curl'],
      remedy: 'install what is missing (apt-get install git openssh-client nginx curl), and deploy again.',
    })
    expect(steps.map(({ step }) => step)).toEqual(['acquire-lock'])
    const other = site(server({ packages: ['sudo'] }))
    const replaced = await new Deployment(other)
      .replace('fetch-source', async ({ host, release }) => {
        await host.run`echo hello >${release.path}/index.html`
      })
      .run()
    expect(replaced.error).toBeUndefined()
  })
})
