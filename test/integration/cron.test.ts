import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Database,
  type DeployOptions,
  type DeployResult,
  deploy,
  git,
  type Host,
  Release,
  rollback,
} from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sshHost } from '../support/carers.js'
import { CRON_TIMES } from '../support/cron-times.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const REPOSITORY = '/srv/git/car.git'
const UNITS = '/etc/systemd/system'

const VISITS = `MAILTO=ann@example.org
GREETING="good day"
* * * * * deploy echo "$GREETING \\%" 'a\\\\-b' $(pwd) $(id -un) >>/tmp/visits; cat >>/tmp/visits%from%cron
@reboot root echo booted >>/tmp/boots`

needsTestServer('cron files', () => {
  let directory: string
  let server: TestServer
  let host: Host

  const options = (tag: string, more: Partial<DeployOptions> = {}): DeployOptions => ({
    project: 'car',
    environment: 'staging',
    hosts: [host],
    source: git(REPOSITORY).tag(tag),
    release: Release.under('/var/django'),
    ...more,
  })
  const timers = (tag: string, more: Partial<DeployOptions> = {}) => options(tag, { cron: 'timers', ...more })

  const cronOf = (result: DeployResult) => {
    const { status, note } = result.steps.find(({ step }) => step === 'link-cron') ?? {}
    return { status, note }
  }
  const below = async (pattern: string) => {
    const { stdout } = await server.exec(`ls -d ${pattern} 2>/dev/null || :`)
    return stdout === '' ? [] : stdout.split('\n')
  }
  const inCron = () => below('/etc/cron.*/car*')
  const units = async () =>
    (await below(`${UNITS}/car*.timer ${UNITS}/car*.service`)).map(each => each.slice(UNITS.length + 1))

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-cron-'))
    server = await TestServer.start()
    host = sshHost(server)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.commit('jobs', {
      'cron/cron.d/carers-visits': null,
      'cron/cron.d/visits': VISITS,
      'cron/cron.daily/clear-sessions': '#!/bin/sh\ntrue\n',
      'cron/cron.weekly/report': 'may not be executed\n',
    })
    await chmod(join(directory, 'project/cron/cron.daily/clear.sessions'), 0o755)
    await chmod(join(directory, 'project/cron/cron.daily/clear-sessions'), 0o755)
    await repository.commit('executable', {})
    await repository.commit('changed', {
      'cron/cron.d/visits': '30 2 * * * deploy true\n61 * * * * root true\n0 0 30 2 * root never\n',
      'cron/cron.daily/clear-sessions': null,
    })
    await repository.pushTo(server, REPOSITORY)
  }, 60_000)

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  it('are put in force under names that cron takes, with warnings', async () => {
    const result = await deploy(options('executable'))
    expect(result.error).toBeUndefined()
    expect(await inCron()).toEqual([
      '/etc/cron.d/car-visits',
      '/etc/cron.daily/car-clear-sessions',
      '/etc/cron.daily/car-clear-sessions-2',
    ])
    expect(result.warnings).toEqual([
      expect.stringContaining(
        'cron would ignore cron.daily/clear.sessions, so it is cron.daily/car-clear-sessions-2',
      ),
      expect.stringContaining('cron.weekly/report may not be executed, so it is left out'),
    ])
    const { stdout } = await server.exec(
      'stat -c "%U %a" /etc/cron.d/car-visits; tail -c 1 /etc/cron.d/car-visits | od -An -c',
    )
    expect(stdout).toMatch(/^root 644\n\s*\\n$/) // cron takes no file whose last line does not end
    expect(cronOf(await deploy(options('executable')))).toEqual({ status: 'unchanged', note: 'as before' })
  })

  it('do not stay when their release is gone, and nobody else’s are touched', async () => {
    const other = await deploy(options('executable', { project: 'car-s' }))
    expect(other.error).toBeUndefined()
    await server.exec(`cd /etc/cron.daily && ln -s /var/django/car/dev/cron/cron.daily/gone car-gone &&
      ln -s /var/django/car/previous/2013-09-23_17-52-14/dev/cron/cron.daily/report old-name &&
      ln -s /var/django/car/README car-by-hand && ln -s /var/django/car-s/previous/gone/cron/x car-s-gone &&
      echo '* * * * * root true' >/etc/cron.d/car-by-hand`)
    const others = [
      ...(await below('/etc/cron.*/car-s-*')),
      '/etc/cron.daily/car-by-hand',
      '/etc/cron.d/car-by-hand',
    ]
    expect(others).toHaveLength(6)
    const before = (
      await server.exec(`ls -l ${others.join(' ')}; cat /etc/cron.d/car-s-visits /etc/cron.d/car-by-hand`)
    ).stdout
    const result = await deploy(options('executable'))
    expect(cronOf(result)).toEqual({ status: 'changed', note: 'cron.daily/car-gone, cron.daily/old-name' })
    const after = (
      await server.exec(`ls -l ${others.join(' ')}; cat /etc/cron.d/car-s-visits /etc/cron.d/car-by-hand`)
    ).stdout
    expect(after).toBe(before)
  })

  it('do not take the place of another’s', async () => {
    await server.exec(`rm /etc/cron.d/car-visits && echo '# by hand' >/etc/cron.d/car-visits`)
    const result = await deploy(options('executable'))
    expect(result.warnings.join('\n')).toContain(
      'cron.d/visits is left out: there is /etc/cron.d/car-visits, which is not of car, and stays as it is',
    )
    expect((await server.exec('cat /etc/cron.d/car-visits')).stdout).toBe('# by hand')
    await server.exec('rm /etc/cron.d/car-visits')
    expect(cronOf(await deploy(options('executable'))).note).toBe('cron.d/car-visits')
  })

  it('become timers, and cron has none of them any more', async () => {
    const others = await below('/etc/cron.*/car-s-*')
    const { roundTrips } = await deploy(options('executable'))
    const result = await deploy(timers('executable'))
    expect(result.error).toBeUndefined()
    expect(result.roundTrips).toBe(roundTrips)
    expect(await units()).toEqual([
      ...['car-cron-clear-sessions-2.service', 'car-cron-clear-sessions-2.timer'],
      ...['car-cron-clear-sessions.service', 'car-cron-clear-sessions.timer'],
      ...['car-cron-visits-1.service', 'car-cron-visits-1.timer'],
      ...['car-cron-visits-2.service', 'car-cron-visits-2.timer'],
    ])
    expect(await inCron()).toEqual([
      '/etc/cron.d/car-by-hand',
      ...others.slice(0, 1),
      '/etc/cron.daily/car-by-hand',
      ...others.slice(1),
    ])
    expect(result.warnings).toEqual([
      expect.stringContaining('cron.weekly/report may not be executed'),
      expect.stringContaining('cron.d/visits, line 1: nobody is sent mail'),
    ])
    const again = await deploy(timers('executable'))
    expect(cronOf(again)).toEqual({ status: 'unchanged', note: 'as before' })
    expect(again.warnings).toEqual(result.warnings)
    expect(again.roundTrips).toBe(roundTrips)
  })

  it('run as cron would run them, and through the live link', async () => {
    const { stdout: next } =
      await server.exec(`rm -f /tmp/visits; systemctl start car-cron-visits-1.service &&
      cat /tmp/visits && { systemctl is-active 'car-cron-visits-*.timer' || :; } && systemctl start car-cron-clear-sessions.service &&
      sed -n 's/^ExecStart=//p' ${UNITS}/car-cron-clear-sessions.service`)
    expect(next.split('\n')).toEqual([
      'good day % a\\-b /home/deploy deploy',
      'from',
      'cron',
      'active', // alone: the other one waits for a boot
      '"/var/django/car/dev/cron/cron.daily/clear-sessions"',
    ])
    const { stdout: due } =
      await server.exec(`now=$(date +%s); next=$(date -d "$(systemctl show -p NextElapseUSecRealtime --value car-cron-visits-1.timer)" +%s)
      echo $(((next - now) / 60)) $((next % 60))`)
    expect(due).toBe('0 0')
    expect(
      (
        await server.exec(
          'systemd-analyze verify /etc/systemd/system/car-cron-*.timer 2>&1 | grep -i car || :',
        )
      ).stdout,
    ).toBe('')
  })

  it('are the same timers after a boot, which those run that wait for one', async () => {
    expect(await below('/tmp/boots')).toEqual([])
    await server.kill()
    await server.mend()
    await expect
      .poll(() => server.exec('cat /tmp/boots').catch(() => undefined), { timeout: 20_000 })
      .toMatchObject({ stdout: 'booted' })
    expect(cronOf(await deploy(timers('executable'))).status).toBe('unchanged')
    expect((await server.exec('cat /tmp/boots')).stdout).toBe('booted')
  })

  it('are changed with the release, and back; a bad line is left out, with a warning', async () => {
    const taken = `${UNITS}/car-cron-visits-2.timer`
    await server.exec(`sed -i 's|car/dev|car-s/dev|' ${UNITS}/car-cron-clear-sessions-2.*`)
    const result = await deploy(timers('changed'))
    expect(result.error).toBeUndefined()
    expect(result.warnings.join('\n')).toContain(
      'cron.d/visits, line 2: the minute "61" is not understood, so the job is left out',
    )
    expect((await server.exec(`cat ${UNITS}/car-cron-visits-1.timer ${taken}`)).stdout).toMatch(
      /OnCalendar=\*-\*-\* 02:30:00[\s\S]*OnCalendar=\*-02-30 00:00:00/,
    )
    // one became another project's under our eyes
    expect((await units()).filter(each => each.includes('clear'))).toEqual([
      ...['car-cron-clear-sessions-2.service', 'car-cron-clear-sessions-2.timer'],
      ...['car-cron-clear-sessions.service', 'car-cron-clear-sessions.timer'],
    ])
    expect(cronOf(await deploy(timers('changed'))).status).toBe('unchanged')
    await server.exec(`rm ${UNITS}/car-cron-clear-sessions-2.*`)
    const back = await rollback({
      ...timers('changed'),
      to: await revisionOf('executable'),
    })
    expect(back.error).toBeUndefined()
    expect(await units()).toHaveLength(8)
    expect((await server.exec(`cat ${taken}`)).stdout).toContain('OnBootSec=')
  })

  const revisionOf = async (tag: string) =>
    (await server.exec(`runuser -u deploy -- git -C ${REPOSITORY} rev-parse ${tag}`)).stdout

  it('and nightly dumps are cron’s again, or the timer’s, and never of both', async () => {
    const database = Database.sqlite({ file: '/var/django/car/shared/site.sqlite3' })
    await server.exec(
      `runuser -u deploy -- sqlite3 /var/django/car/shared/site.sqlite3 'CREATE TABLE visits (at)'`,
    )
    const dumps = { database, dailyDumps: 3 }
    const first = await deploy(timers('executable', dumps))
    expect(first.error).toBeUndefined()
    expect(await units()).toContain('car-daily-dump.timer')
    expect(await below('/etc/cron.d/car-daily-dump')).toEqual([])
    await server.exec('systemctl start car-daily-dump.service')
    const { stdout } = await server.exec(
      'stat -c "%U %n" /var/django/car/dbdumps/daily-*; systemctl is-active car-daily-dump.timer',
    )
    expect(stdout).toMatch(/^deploy .*daily-\d{4}-\d\d-\d\d.gz\nactive$/)
    const again = await deploy(timers('executable', dumps))
    expect(again.steps.find(({ step }) => step === 'schedule-dumps')?.status).toBe('unchanged')

    const back = await deploy(options('executable', dumps))
    expect(back.error).toBeUndefined()
    expect(await units()).toEqual([])
    expect(await below('/etc/cron.*/car-[!bs]*')).toEqual([
      ...['/etc/cron.d/car-daily-dump', '/etc/cron.d/car-visits'],
      ...['/etc/cron.daily/car-clear-sessions', '/etc/cron.daily/car-clear-sessions-2'],
    ])
    const { stdout: left } = await server.exec(
      `systemctl list-timers --no-legend --all 'car*'; ls ${UNITS}/timers.target.wants 2>&1 || :`,
    )
    expect(left).not.toContain('car')
  })

  it('have the times that systemd gives them', async () => {
    const lines = CRON_TIMES.flatMap(({ onCalendar }) => onCalendar.map(each => `calendar '${each}'`))
    const { stdout } = await server.exec(`export TZ=UTC
      calendar() { systemd-analyze calendar --base-time='2026-11-26 13:00:00' --iterations=2 "$1" | grep -E 'elapse|Iter' || echo never; echo .; }
      ${lines.join('\n')}`)
    const due = stdout
      .split('\n.')
      .map(text => [...text.matchAll(/\d{4}-\d\d-\d\d \d\d:\d\d(?=:00 UTC)/g)].map(([at]) => at))
    let at = 0
    const found = CRON_TIMES.map(({ cron, onCalendar }) => {
      const all = due.slice(at, at + onCalendar.length).flat()
      at += onCalendar.length
      return { cron, next: [...new Set(all)].sort().slice(0, 2) }
    })
    expect(found).toEqual(CRON_TIMES.map(({ cron, next }) => ({ cron, next })))
  })

  it('are left to cron, with a warning, where there is no systemd', async () => {
    await using bare = await TestServer.start({ systemd: false })
    await using there = sshHost(bare)
    const repository = await ProjectRepository.create(join(directory, 'bare'))
    await repository.pushTo(bare, REPOSITORY)
    const result = await deploy(timers('v1', { hosts: [there] }))
    expect(result.outcome).toBe('deployed-with-warnings')
    expect(result.warnings.join('\n')).toContain('the server has no systemd')
  })
})
