import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Secret } from '../../src/command/secret.js'
import { type Cvs, cvs } from '../../src/source/cvs.js'
import { needsProgram } from '../support/needs.js'
import { localPlace } from '../support/temporary.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const PASSWORD = 'canary-Pa55:w@r/d "x"'
const SCRAMBLED = /Ahy0y,aD:yQQpbS,We/ // what stands in a file of passwords begins so

needsProgram('cvs', 'a CVS repository', () => {
  const place = localPlace()
  const at = (...names: string[]) => join(place.directory, ...names)
  const root = () => at('repo')
  let daemon: Server
  let served: string
  let releases = 0

  const run = async (cwd: string, ...words: string[]) =>
    (await execa('cvs', ['-f', '-Q', '-d', root(), ...words], { cwd: at(cwd), env: { HOME: at('home') } }))
      .stdout

  const commit = async (message: string, changes: Readonly<Record<string, string | null>>) => {
    for (const [path, content] of Object.entries(changes)) {
      const isThere = await readFile(at('work', path)).then(
        () => true,
        () => false,
      )
      const directory = path.includes('/') ? path.replace(/\/[^/]*$/, '') : undefined
      if (content === null) await run('work', 'remove', '-f', path)
      else {
        if (directory) {
          await mkdir(at('work', directory), { recursive: true })
          await run('work', 'add', directory)
        }
        await writeFile(at('work', path), content)
        if (!isThere) await run('work', 'add', path)
      }
    }
    await run('work', 'commit', '-m', message)
  }

  /** Fetches into a new release directory. */
  const fetch = async (source: Cvs, since?: string, mirror = at('mirror')) => {
    releases += 1
    const release = at(`release-${releases}`)
    await mkdir(release)
    const host = place.host.withEnv({ HOME: at('home') })
    return { release, ...(await host.perform(source.fetch({ release, mirror, since }))) }
  }
  const page = async (release: string) => (await readFile(join(release, 'page'), 'utf8')).trim()

  const changes = async (source: Cvs, release: string, ...ours: string[]) =>
    (await place.host.runAll([source.localChanges(release, ours)]))[0]?.lines

  beforeAll(async () => {
    for (const name of ['home', 'import', 'repo']) await mkdir(at(name))
    await run('repo', 'init')
    await mkdir(at('repo/carers'))
    await run('import', 'checkout', '-d', 'w', 'carers')
    await rm(at('import'), { recursive: true })
    await mkdir(at('tmp'))
    await run('tmp', 'checkout', '-d', 'w', 'carers')
    await execa('mv', [at('tmp/w'), at('work')])
    await commit('One', { page: '1\n', 'legacy/module.py': 'old\n' })
    await run('work', 'tag', 'v1')
    await run('work', 'tag', '-b', 'stable')
    const { stdout: hash } = await execa('openssl', ['passwd', '-1', '-stdin'], { input: PASSWORD })
    const { stdout: me } = await execa('id', ['-un'])
    const user = me === 'root' ? 'nobody' : me // root is never let in
    await execa('chmod', ['-R', 'a+rwX', place.directory])
    await writeFile(at('repo/CVSROOT/passwd'), `ann:${hash}:${user}\n`)
    daemon = createServer(socket => {
      const child = spawn('cvs', ['-f', `--allow-root=${root()}`, 'pserver'], {
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      socket.pipe(child.stdin)
      child.stdout.pipe(socket)
      socket.on('error', () => child.kill())
      child.stdin.on('error', () => socket.destroy())
    }).listen(0, '127.0.0.1')
    await new Promise(resolve => daemon.once('listening', resolve))
    const address = daemon.address()
    served = `:pserver:ann@127.0.0.1:${typeof address === 'object' ? address?.port : ''}${root()}`
  })

  afterAll(() => {
    daemon?.close()
  })

  it('is checked out, then only brought up to date, with the commits in between', async () => {
    const source = cvs(root(), 'carers')
    const first = await fetch(source)
    expect(await page(first.release)).toBe('1')
    expect([first.commits, first.warnings]).toEqual([[], []])
    await commit('Two\nrevision 1.9', { page: '2\n', 'legacy/module.py': null })
    await commit('Three', { 'new file': '3\n' })
    const second = await fetch(source, first.revision)
    expect(await page(second.release)).toBe('2')
    expect((await readdir(second.release)).sort()).toEqual(['CVS', 'new file', 'page'])
    expect(second.commits.map(({ subject }) => subject)).toEqual(['Three', 'Two'])
    expect(second.revision).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(await place.host.perform(source.revisionOf(second.release))).toBe(second.revision)
    const log = await place.host.perform(source.log(second.release))
    expect(log.map(({ subject }) => subject)).toEqual(['Three', 'Two', 'One'])
    expect(await page(first.release)).toBe('1')
    const again = await fetch(source.date(first.revision))
    expect(await page(again.release)).toBe('1')
    expect(await readdir(again.release)).toContain('legacy')
  })

  it('is checked out at a tag, at a branch and at the trunk, one after the other', async () => {
    await run('tmp', 'checkout', '-r', 'stable', '-d', 'stable', 'carers')
    await writeFile(at('tmp/stable/page'), 'stable\n')
    await run('tmp/stable', 'commit', '-m', 'On the branch')
    const tag = await fetch(cvs(root(), 'carers').tag('v1'))
    expect([await page(tag.release), tag.revision]).toEqual(['1', 'v1'])
    const branch = await fetch(cvs(root(), 'carers').branch('stable'), '2000-01-01T00:00:00Z')
    expect(await page(branch.release)).toBe('stable')
    expect(branch.commits.map(({ subject }) => subject)).toEqual(['On the branch'])
    expect(await page((await fetch(cvs(root(), 'carers'))).release)).toBe('2')
  })

  it('never misses a commit that was made right before', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await commit(`turn ${turn}`, { page: `turn ${turn}\n` })
      expect(await page((await fetch(cvs(root(), 'carers'))).release)).toBe(`turn ${turn}`)
    }
  })

  it('tells what was changed by hand, and nothing else', async () => {
    const source = cvs(root(), 'carers').branch('stable')
    const { release } = await fetch(source)
    await symlink(release, at('live'))
    await writeFile(at('tmp/stable/page'), 'newer in the repository\n')
    await run('tmp/stable', 'commit', '-m', 'Later')
    expect(await changes(source, at('live'))).toEqual([])
    await writeFile(join(release, 'legacy/module.py'), 'by hand\n')
    await rm(join(release, 'page'))
    await mkdir(join(release, 'uploads'))
    for (const file of ['left over', 'uploads/photo', 'local.py', 'x.pyc'])
      await writeFile(join(release, file), '')
    expect([...((await changes(source, at('live'), 'uploads', 'local.py')) ?? [])].sort()).toEqual([
      '? left over',
      'D page',
      'M legacy/module.py',
    ])
    expect(await changes(source, at('nowhere'))).toEqual([])
  })

  it('brings exactly what is in it, whatever was done to the working copy', async () => {
    await fetch(cvs(root(), 'carers'))
    await writeFile(at('mirror/page'), 'spoiled')
    for (const junk of ['junk', '.#page', 'module.o']) await writeFile(at('mirror', junk), 'junk')
    const { release, warnings } = await fetch(cvs(root(), 'carers'))
    expect(await page(release)).toBe('turn 2')
    expect((await readdir(release)).sort()).toEqual(['CVS', 'new file', 'page'])
    expect(warnings).toEqual([])
  })

  it.each([
    ['has lost what cvs knew of it', () => rm(at('mirror/CVS/Entries'))],
    [
      'has forgotten where it is from',
      () => writeFile(at('mirror/CVS/Repository'), 'carers/nowhere\n/carers\n'),
    ],
  ])('is checked out afresh when the working copy %s, with a warning', async (_, spoil) => {
    await spoil()
    const { warnings, release } = await fetch(cvs(root(), 'carers'))
    expect(warnings?.join()).toContain('fetched afresh')
    expect(await page(release)).toBe('turn 2')
    expect((await fetch(cvs(root(), 'carers'))).warnings).toEqual([])
  })

  it('takes the place of another source without a word', async () => {
    await execa('git', ['init', '--quiet', '--bare', at('other')])
    expect((await fetch(cvs(root(), 'carers'), undefined, at('other'))).warnings).toEqual([])
  })

  it('asks for a password, which is nowhere afterwards', async () => {
    const login = (password: string) => cvs(served, 'carers').login(Secret.of(password))
    const { release, revision } = await fetch(login(PASSWORD), undefined, at('served'))
    expect(await page(release)).toBe('turn 2')
    await commit('Four', { page: '4\n' })
    const next = await fetch(login(PASSWORD), revision, at('served'))
    expect(next.commits.map(({ subject }) => subject)).toEqual(['Four'])
    expect(await changes(login(PASSWORD), next.release)).toEqual([])
    await expect(fetch(login('wrong'), undefined, at('served'))).rejects.toMatchObject({
      code: 'SOURCE_DENIED',
    })
    for (const secret of [PASSWORD, SCRAMBLED.source]) {
      const found = await execa('grep', ['-rlF', secret, place.directory, '/dev/shm'], { reject: false })
      expect(found.stdout).toBe('')
    }
    expect(await readdir(at('home'))).not.toContain('.cvspass')
  })

  it.each([
    ['a tag', () => cvs(root(), 'carers').tag('nowhere'), 'SOURCE_NO_SUCH_REVISION'],
    ['a module', () => cvs(root(), 'nowhere'), 'SOURCE_NO_SUCH_REVISION'],
    ['a moment', () => cvs(root(), 'carers').date('some day'), 'SOURCE_NO_SUCH_REVISION'],
    ['a server', () => cvs(':pserver:x@127.0.0.1:1/cvs', 'carers'), 'SOURCE_UNREACHABLE'],
  ])('says what it has not: %s', async (_, source, code) => {
    await expect(fetch(source())).rejects.toMatchObject({ code })
  })
})
