import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  Deployment,
  type DeployOptions,
  type DeployResult,
  git,
  type Host,
  Release,
  rollback,
  versions,
} from 'dye-deploy'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const HOME = '/var/django/plain'
const TSX = fileURLToPath(new URL('../../node_modules/.bin/tsx', import.meta.url))
const HELD_DEPLOYER = fileURLToPath(new URL('../support/held-deployer.ts', import.meta.url))

needsTestServer('a server in an odd state', () => {
  let server: TestServer
  let directory: string
  const hosts: Host[] = []

  /** A host of its own, as each deployer has one. */
  const host = (user = 'deploy') => {
    const made = sshHost(server, user)
    hosts.push(made)
    return made
  }

  const options = (tag: string, more: Partial<DeployOptions> = {}): DeployOptions => ({
    project: 'plain',
    environment: 'production',
    hosts: [host()],
    source: git(REPOSITORY).tag(tag),
    release: Release.under('/var/django').keep(100).share('uploads'),
    ...more,
  })
  const deployed = (tag: string, more: Partial<DeployOptions> = {}) =>
    new Deployment(options(tag, more)).skip('link-cron').run()

  const asRoot = async (script: string) => (await server.exec(script, { reject: false })).stdout
  const live = () => asRoot(`grep ^greeting ${HOME}/dev/deploy/pip_packages.txt`)
  const isFree = async () => (await asRoot(`flock -n ${HOME}/.dye/lock echo free`)) === 'free'

  /** It failed, said why, and changed nothing. */
  const expectUntouched = async (result: DeployResult, why: RegExp) => {
    expect(result.error?.message).toMatch(why)
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.exitCode).toBe(1)
    expect(await isFree()).toBe(true)
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-odd-'))
    server = await TestServer.start({ systemd: false })
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    await repository.pushTo(server, REPOSITORY)
    expect((await deployed('v1')).outcome).toBe('deployed')
  })

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map(each => each.close()))
  })

  afterAll(async () => {
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('whose live link is a directory keeps that as a release', async () => {
    await asRoot(`cd ${HOME} && rm dev && mkdir dev && echo mine >dev/note && chown -R deploy: dev`)
    await expect(versions(options('v2'))).rejects.toMatchObject({
      code: 'RELEASE_UNUSABLE',
      remedy: expect.stringMatching(/^if it is a directory, deploy/),
    })
    const result = await deployed('v2')
    expect(result.error).toBeUndefined()
    expect(result.warnings.join()).toContain('taken over from DYE')
    expect(await live()).toBe('greeting==2.0')
    expect(await rollback(options('v1'))).toMatchObject({ outcome: 'deployed' })
    expect(await asRoot(`cat ${HOME}/dev/note`)).toBe('mine')
  })

  it.each([
    ['leads nowhere', 'ln -sfn previous/is-gone dev'],
    ['leads to what is none of ours', 'mkdir -p /srv/other && ln -sfn /srv/other dev'],
    ['is missing', 'rm dev'],
  ])('whose live link %s gets the new release', async (_, spoil) => {
    await asRoot(`cd ${HOME} && ${spoil}`)
    const result = await deployed('v1')
    expect(result.error).toBeUndefined()
    expect(result.outcome).toMatch(/^deployed/)
    expect(await live()).toBe('greeting==1.0')
  })

  it.each([
    ['has a line that was cut short', `printf '{"release":"2026-01-' >>journal.jsonl`],
    [
      'has lines of something else',
      `printf 'null\\n[1]\\n"x"\\n{}\\n{"release":7}\\n\\000\\377\\n' >>journal.jsonl`,
    ],
    ['was emptied', ': >journal.jsonl'],
    ['has lock details that are none', `printf 'null' >lock.json`],
    ['has lock details as long as a book', `head -c 3000000 /dev/urandom >lock.json`],
  ])('whose state %s is deployed to, and gone back on', async (_, spoil) => {
    await asRoot(`cd ${HOME}/.dye && ls && ${spoil}`)
    const [first, second] = [await deployed('v1'), await deployed('v2')]
    expect([first.error?.message, second.error?.message]).toEqual([undefined, undefined])
    expect(await live()).toBe('greeting==2.0')
    const back = await rollback(options('v2'))
    expect(back).toMatchObject({ outcome: 'deployed', release: first.release })
    expect(await live()).toBe('greeting==1.0')
  })

  it('whose disk cannot be written to is not touched, and says so', async () => {
    await server.readOnly('/var/django')
    try {
      await expectUntouched(await deployed('v2'), /Read-only file system/)
    } finally {
      await server.mend()
    }
    expect(await live()).toBe('greeting==1.0')
  })

  it('that has no inodes left is not touched, and says so', async () => {
    await asRoot(`mount -t tmpfs -o nr_inodes=40,mode=777 tmpfs ${HOME}/previous && cd ${HOME}/previous &&
      i=0; while touch "$i" 2>/dev/null; do i=$((i + 1)); done`)
    try {
      await expectUntouched(await deployed('v2'), /inodes|No space left on device/)
    } finally {
      await asRoot(`umount ${HOME}/previous`)
    }
    expect(await live()).toBe('greeting==1.0')
  })

  it('that ten deploys come to at once, twice, runs one after the other, or tells the others who it is', async () => {
    const atOnce = await Promise.all(Array.from({ length: 10 }, () => deployed('v1')))
    const [good, refused] = [true, false].map(isGood =>
      atOnce.filter(({ outcome }) => (outcome === 'deployed') === isGood),
    )
    expect(good?.length).toBeGreaterThanOrEqual(1)
    for (const { error, outcome } of refused ?? []) {
      expect(outcome).toBe('failed-before-switch')
      expect(error).toMatchObject({ code: 'LOCKED', owner: { pid: process.pid } })
    }
    const waiting = await Promise.all(
      Array.from({ length: 10 }, () => deployed('v1', { lock: { wait: '2m' } })),
    )
    expect(waiting.map(({ outcome, error }) => error?.message ?? outcome)).toEqual(Array(10).fill('deployed'))
    expect(new Set(waiting.map(({ release }) => release)).size).toBe(10)
    const after = await versions(options('v1'))
    const theirs = [...(good ?? []), ...waiting].map(({ release }) => release)
    expect(after.map(({ release }) => release)).toEqual(expect.arrayContaining(theirs))
    expect(after.filter(({ status }) => status === 'live')).toHaveLength(1)
  })

  it('that is deployed to while it is rolled back does one after the other', async () => {
    await deployed('v2')
    const [back, forth] = await Promise.all([
      rollback(options('v2', { lock: { wait: '1m' } })),
      deployed('v2', { lock: { wait: '1m' } }),
    ])
    expect([back.error?.message, forth.error?.message]).toEqual([undefined, undefined])
    expect((await versions(options('v2'))).filter(({ status }) => status === 'live')).toHaveLength(1)
  })

  it('whose user has no shell says that, before anything else', async () => {
    await server.exec(`useradd --create-home --shell /usr/sbin/nologin mute && cp -a ~deploy/.ssh ~mute/ &&
      chown -R mute: ~mute/.ssh`)
    const result = await deployed('v2', { hosts: [host('mute')] })
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.error?.message).toMatch(/not available|shell/)
  })

  it('whose user has fish for a shell, which prints a greeting, is deployed to', async () => {
    await server.exec(`useradd --create-home --shell /usr/bin/fish fishy && cp -a ~deploy/.ssh ~fishy/ &&
      chown -R fishy: ~fishy/.ssh && mkdir -p ~fishy/.config/fish /var/fishy && chown fishy: /var/fishy &&
      printf 'echo welcome; echo to fish >&2; set -x PATH $PATH\\n' >~fishy/.config/fish/config.fish &&
      chown -R fishy: ~fishy/.config && git config --system --add safe.directory '*'`)
    const release = Release.under('/var/fishy')
    const result = await deployed('v1', { hosts: [host('fishy')], release })
    expect(result.error?.message).toBeUndefined()
    expect(await asRoot('grep ^greeting /var/fishy/plain/dev/deploy/pip_packages.txt')).toBe('greeting==1.0')
  })

  it('keeps the order of releases when the clock of the deployer goes back by ten years', async () => {
    const first = await deployed('v1')
    const RealDate = Date
    globalThis.Date = class extends RealDate {
      constructor(...time: readonly [] | readonly [number | string | Date]) {
        super(...((time.length === 0 ? [RealDate.now() - 10 * 365 * 86_400_000] : time) as [number]))
      }
    } as DateConstructor
    let second: DeployResult
    try {
      second = await deployed('v2')
    } finally {
      globalThis.Date = RealDate
    }
    expect(second.error?.message).toBeUndefined()
    expect(second.release < first.release).toBe(true)
    const [newest, before] = await versions(options('v2'))
    expect([newest?.release, newest?.status, before?.release]).toEqual([
      second.release,
      'live',
      first.release,
    ])
    expect(await rollback(options('v2'))).toMatchObject({ outcome: 'deployed', release: first.release })
  })

  it('whose deployer freezes takes itself back, lets others deploy, and is let alone when the deployer wakes up', async () => {
    expect((await deployed('v1')).outcome).toBe('deployed')
    const words = [server.address, server.identityFile, server.knownHosts, REPOSITORY, 'v2']
    const frozen = execa(TSX, [HELD_DEPLOYER, ...words], { reject: false })
    let said = ''
    frozen.stdout.on('data', chunk => {
      said += chunk
    })
    await expect.poll(() => said, { timeout: 30_000 }).toContain('it waits')
    const pid = (await execa('pgrep', ['-f', `node .*${HELD_DEPLOYER} ${words.join(' ')}`])).stdout.split(
      '\n',
    )
    for (const each of pid) process.kill(Number(each), 'SIGSTOP')
    await expect.poll(isFree, { timeout: 60_000, interval: 500 }).toBe(true)
    const other = await deployed('v1')
    expect(other.outcome).toBe('deployed')
    for (const each of pid) process.kill(Number(each), 'SIGCONT')
    frozen.stdin.end('go on\n')
    const { stdout } = await frozen
    const ended = JSON.parse(stdout.split('\n').at(-1) ?? '')
    expect(ended.outcome).not.toMatch(/^deployed/)
    expect(ended.code).toBe('CONNECTION_LOST')
    expect(await live()).toBe('greeting==1.0')
    const [newest, before] = await versions(options('v1'))
    expect([newest?.release, newest?.status, before?.status]).toEqual([other.release, 'live', 'aborted'])
  })
})
