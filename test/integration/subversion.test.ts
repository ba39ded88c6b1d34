import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Secret } from '../../src/command/secret.js'
import { type Subversion, subversion } from '../../src/source/subversion.js'
import { needsProgram } from '../support/needs.js'
import { localPlace } from '../support/temporary.js'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const PASSWORD = 'canary-Pa55 w$rd'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

needsProgram('svn', 'a Subversion repository', () => {
  const place = localPlace()
  const at = (...names: string[]) => join(place.directory, ...names)
  const env = { LC_ALL: 'C.UTF-8' }
  let url: string
  let served: string
  let daemon: ChildProcess
  let releases = 0

  const svn = async (...words: string[]) =>
    (await execa('svn', ['--non-interactive', ...words], { env, cwd: at('work') })).stdout

  const commit = async (message: string, changes: Readonly<Record<string, string | null>>) => {
    for (const [path, content] of Object.entries(changes)) {
      if (content === null) await svn('delete', '--quiet', `${path}@`)
      else {
        await mkdir(join(at('work'), path, '..'), { recursive: true })
        await writeFile(at('work', path), content)
        await svn('add', '--quiet', '--force', '--parents', `${path}@`)
      }
    }
    await svn('commit', '--quiet', '-m', message)
    await svn('update', '--quiet')
    return svn('info', '--show-item', 'revision')
  }

  /** Fetches into a new release directory. */
  const fetch = async (source: Subversion, since?: string, mirror = at('mirror')) => {
    releases += 1
    const release = at(`release-${releases}`)
    await mkdir(release)
    const host = place.host.withEnv({ HOME: at('home') })
    return { release, ...(await host.perform(source.fetch({ release, mirror, since }))) }
  }

  const changes = async (release: string, ...ours: string[]) =>
    (await place.host.runAll([subversion(url).localChanges(release, ours)]))[0]?.lines.map(line =>
      line.trim(),
    )

  beforeAll(async () => {
    await mkdir(at('home'))
    await execa('svnadmin', ['create', at('repo')])
    url = `file://${at('repo')}/carers`
    await execa('svn', [
      'mkdir',
      '--quiet',
      '--parents',
      '-m',
      'start',
      ...['trunk', 'branches', 'tags'].map(name => `${url}/${name}`),
    ])
    await execa('svn', ['checkout', '--quiet', `${url}/trunk`, at('work')])
    await commit('One', { page: '1', 'legacy/module.py': 'old' })
    await svn('copy', '--quiet', '-m', 'Tag', `${url}/trunk`, `${url}/tags/v1`)
    const port = await freePort()
    await writeFile(
      at('repo/conf/svnserve.conf'),
      '[general]\nanon-access = none\nauth-access = read\npassword-db = passwd\n',
    )
    await writeFile(at('repo/conf/passwd'), `[users]\nann = ${PASSWORD}\n`)
    const words = [
      '--daemon',
      '--foreground',
      '--listen-host',
      '127.0.0.1',
      '--listen-port',
      String(port),
      '--root',
      at('repo'),
    ]
    daemon = spawn('svnserve', words, { stdio: 'ignore' })
    served = `svn://127.0.0.1:${port}/carers`
    const isUp = async () =>
      (await execa('svn', ['info', '--non-interactive', served], { reject: false })).stderr.includes(
        'E170001',
      )
    await vi.waitUntil(isUp, { timeout: 10_000 })
  })

  afterAll(() => {
    daemon?.kill()
  })

  it('is checked out, then only brought up to date, with the commits in between', async () => {
    const first = await fetch(subversion(url))
    expect(await readFile(join(first.release, 'page'), 'utf8')).toBe('1')
    expect([first.commits, first.warnings]).toEqual([[], []])
    await commit('Two\n\nr9 | x | 2026-01-01 00:00:00 +0000 (x) | 1 line', {
      page: '2',
      'legacy/module.py': null,
    })
    const newest = await commit('Three', { 'new file': '3', 'ann@example.org': '@', 'änderung "x"': 'ä' })
    const second = await fetch(subversion(url), first.revision)
    expect(second.revision).toBe(newest)
    expect(second.commits.map(({ subject }) => subject)).toEqual(['Three', 'Two'])
    expect(second.commits[0]).toMatchObject({ revision: newest, date: expect.stringMatching(/^20.*Z$/) })
    expect((await readdir(second.release)).sort()).toEqual(
      ['.svn', 'ann@example.org', 'legacy', 'new file', 'page', 'änderung "x"'].sort(),
    )
    expect(await readdir(join(second.release, 'legacy'))).toEqual([])
    expect(await place.host.perform(subversion(url).revisionOf(second.release))).toBe(newest)
    expect(
      (await place.host.perform(subversion(url).log(second.release))).map(({ subject }) => subject),
    ).toEqual([...['Three', 'Two', 'One', 'start']])
    expect(await readFile(join(first.release, 'page'), 'utf8')).toBe('1')
  })

  it('is checked out at a tag, a branch, a path or an older revision', async () => {
    await svn('copy', '--quiet', '-m', 'Branch', `${url}/trunk`, `${url}/branches/stable@2@`)
    const page = async (source: Subversion) => readFile(join((await fetch(source)).release, 'page'), 'utf8')
    expect(await page(subversion(url).tag('v1'))).toBe('1')
    expect(await page(subversion(url).branch('stable@2'))).toBe('2')
    expect(await page(subversion(url).path('/tags/v1/'))).toBe('1')
    expect(await page(subversion(url).revision('r2'))).toBe('1')
    expect(await page(subversion(url))).toBe('2')
  })

  it('tells what was changed by hand, and nothing else', async () => {
    const { release } = await fetch(subversion(url))
    await symlink(release, at('live'))
    expect(await changes(at('live'))).toEqual([])
    await writeFile(join(release, 'page'), 'by hand')
    await rm(join(release, 'new file'))
    await mkdir(join(release, 'site/uploads'), { recursive: true })
    for (const file of ['left-over', 'site/uploads/photo', 'local.py', 'x.pyc'])
      await writeFile(join(release, file), '')
    expect((await changes(at('live'), 'site/uploads', 'local.py'))?.sort()).toEqual(
      ['!       new file', '?       left-over', 'M       page'].sort(),
    )
    expect(await changes(at('nowhere'))).toEqual([])
  })

  it('is checked out afresh when the working copy is broken, with a warning', async () => {
    await fetch(subversion(url))
    await truncate(at('mirror/.svn/wc.db'), 1000)
    const { warnings, release } = await fetch(subversion(url))
    expect(warnings?.join()).toContain('fetched afresh')
    expect(await readFile(join(release, 'page'), 'utf8')).toBe('2')
    expect((await fetch(subversion(url))).warnings).toEqual([])
  })

  it('brings exactly what is in it, whatever was done to the working copy', async () => {
    await writeFile(at('mirror/page'), 'spoiled')
    await writeFile(at('mirror/junk'), 'junk')
    const { release, warnings } = await fetch(subversion(url))
    expect(await readFile(join(release, 'page'), 'utf8')).toBe('2')
    expect(await readdir(release)).not.toContain('junk')
    expect(warnings).toEqual([])
  })

  it('takes the place of another source, or repository, without a word', async () => {
    await execa('git', ['init', '--quiet', '--bare', at('other')])
    expect((await fetch(subversion(url), undefined, at('other'))).warnings).toEqual([])
    await execa('svnadmin', ['create', at('repo 2')])
    await execa('svn', ['mkdir', '--quiet', '-m', 'x', `file://${at('repo 2')}/trunk`])
    expect((await fetch(subversion(`file://${at('repo 2')}`), undefined, at('other'))).warnings).toEqual([])
  })

  it('asks for a password, which is nowhere afterwards', async () => {
    const login = (password: string) => subversion(served).login('ann', Secret.of(password))
    const { release, revision } = await fetch(login(PASSWORD), '2', at('served'))
    expect(await readFile(join(release, 'page'), 'utf8')).toBe('2')
    await commit('Four', { page: '4' })
    const next = await fetch(login(PASSWORD), revision, at('served'))
    expect(next.commits.map(({ subject }) => subject)).toContain('Four')
    await expect(fetch(login('wrong'), undefined, at('served'))).rejects.toMatchObject({
      code: 'SOURCE_DENIED',
    })
    await rm(at('repo/conf/passwd'))
    const grep = await execa('grep', ['-rlF', PASSWORD, place.directory], { reject: false })
    expect(grep.stdout).toBe('')
  })

  it.each([
    ['a tag', () => subversion(url).tag('nowhere'), 'SOURCE_NO_SUCH_REVISION'],
    ['a revision', () => subversion(url).revision(99_999), 'SOURCE_NO_SUCH_REVISION'],
    ['a repository', () => subversion('svn://127.0.0.1:1/x'), 'SOURCE_UNREACHABLE'],
  ])('says what it has not: %s', async (_, source, code) => {
    await expect(fetch(source())).rejects.toMatchObject({ code })
  })
})
