import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type DeployOptions,
  type DeployResult,
  deploy,
  doctor,
  Host,
  maintenance,
  rollback,
} from 'dye-deploy'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { change } from '../../src/command/command.js'
import { resolveOptions } from '../../src/deploy/options.js'
import { rollbackOrder } from '../../src/deploy/rollback.js'
import { Run } from '../../src/deploy/runner.js'
import type { Step } from '../../src/deploy/step.js'
import { carers, page, REPOSITORY } from '../support/carers.js'
import { startCarersServer } from '../support/carers-server.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import type { TestServer } from '../support/test-server.js'

/** Seconds that the server is without power, and that its database takes to start: others boot more slowly than ours. */
const OUTAGE_S = 15
const DATABASE_S = 6

needsTestServer('a server that loses its power while its site is off', () => {
  let server: TestServer
  let host: Host
  let directory: string

  const options = (tag: string, more: Partial<DeployOptions> = {}) => carers(host, tag, more)
  const tables = async () =>
    (await server.exec("mariadb -N carers -e 'SHOW CREATE TABLE visits_visit'", { reject: false })).stdout

  /** What it shows once its services are up. */
  const shown = async () => {
    await server.exec(`timeout 60 systemctl is-system-running --wait || :`)
    return page(server)
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-power-'))
    server = await startCarersServer('apache2', 'mariadb')
    const { address, identityFile, knownHosts } = server
    host = Host.ssh(`deploy@${address}`, {
      identityFile,
      knownHosts,
      keepalive: 1_000,
      connectTimeout: 2_000,
    })
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    await repository.pushTo(server, REPOSITORY)
    for (let times = 0; times < 2; times += 1) expect((await deploy(options('v1'))).error).toBeUndefined()
    await server.exec('mkdir /etc/systemd/system/mariadb.service.d')
    await server.writeFile(
      '/etc/systemd/system/mariadb.service.d/slow.conf',
      `[Service]\nExecStartPre=/bin/sleep ${DATABASE_S}\n`,
    )
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('is waited for by its deployer, which takes back what was begun, the database too', async () => {
    const cutPower = async () => {
      await server.kill()
      void pause(OUTAGE_S * 1000).then(() => server.mend())
    }
    const result = await deploy(options('v2', { hooks: { before: { 'switch-release': cutPower } } }))
    expect(result.error).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(result.steps.filter(({ status }) => status === 'failed').map(({ step }) => step)).toEqual([
      'switch-release',
    ])
    expect(result.outcome).toBe('rolled-back')
    expect(result.warnings.join()).toContain('it is waited 300 s at most until it can be reached')
    expect(await page(server)).toContain('carers version 1')
    expect(await tables()).not.toContain('`note`')
  })

  it.each<[string, () => Promise<DeployResult | unknown>, string]>([
    ['the next deploy', () => deploy(options('v1')), 'carers version 1'],
    ['a rollback', () => rollback(options('v1')), 'carers version 1'],
    ['maintenance()', () => maintenance(options('v1'), 'off'), 'carers version 1'],
  ])('and its deployer, stays off until %s puts it on', async (_by, putOn, seen) => {
    const controller = new AbortController()
    const cutPower = () => server.kill()
    const result = await deploy(
      options('v2', {
        hooks: { before: { 'migrate-database': cutPower } },
        signal: controller.signal,
        onEvent: event => {
          if (event.type === 'warning' && event.message.includes('it is waited')) controller.abort()
        },
      }),
    )
    expect(result.hosts).toMatchObject([{ outcome: 'unknown' }])
    await server.mend()
    expect(await shown()).toContain('<title>Maintenance</title>')
    const { findings } = await doctor(options('v1'))
    expect(findings.map(({ code }) => code)).toContain('SITE_OFF')
    const done = await putOn()
    if (done && typeof done === 'object' && 'error' in done) expect(done.error).toBeUndefined()
    expect(await page(server)).toContain(seen)
  })

  it('stays with the older release, whose database it has, if a rollback had put the site on', async () => {
    expect((await deploy(options('v2'))).error).toBeUndefined()
    const staying = (step: Step): Step => ({
      ...step,
      script: context => {
        const { commands, ...rest } = step.script(context)
        return { ...rest, commands: [...commands, change`touch /tmp/is-on; sleep 60`] }
      },
    })
    const steps = rollbackOrder({ databaseBack: 'migrate' }).map(step =>
      step.name === 'site-on' ? staying(step) : step,
    )
    const plan = { options: resolveOptions(options('v2')), steps, hooks: {}, replacements: new Map() }
    const running = new Run({ action: 'rollback', ...plan }).run()
    await vi.waitUntil(
      async () => (await server.exec('[ -e /tmp/is-on ]', { reject: false })).exitCode === 0,
      {
        timeout: 30_000,
      },
    )
    await server.kill()
    await server.mend()
    const result = await running
    expect(result).toMatchObject({ outcome: 'deployed-with-warnings', error: undefined })
    expect(result.hosts).toMatchObject([{ release: result.release }])
    expect(await page(server)).toContain('carers version 1')
    expect(await tables()).not.toContain('`note`')
    expect((await server.exec('flock -n /var/django/carers/.dye/lock echo free')).stdout).toBe('free')
  })
})
