import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type Git, git } from '../../../src/source/git.js'
import { HERMETIC_GIT } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

vi.setConfig({ testTimeout: 30_000 })

const ALLOW_FILES = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'protocol.file.allow',
  GIT_CONFIG_VALUE_0: 'always',
}

describe('the mirror of a git repository', () => {
  const place = localPlace()
  let count = 0
  let root: string

  const at = (...names: string[]) => join(root, ...names)
  const run = async (cwd: string, ...words: string[]) =>
    (await execa('git', words, { cwd: at(cwd), env: { ...HERMETIC_GIT, ...ALLOW_FILES } })).stdout

  const repository = async (name: string) => {
    await mkdir(at(name))
    await run(name, 'init', '--quiet', '--initial-branch=main')
  }

  const commit = async (name: string, files: Readonly<Record<string, string | null>>) => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(at(name, path)), { recursive: true })
      if (content === null) await rm(at(name, path))
      else await writeFile(at(name, path), content)
    }
    await run(name, 'add', '--all')
    await run(name, 'commit', '--quiet', '-m', Object.keys(files).join(' '))
    return run(name, 'rev-parse', 'HEAD')
  }

  /** Fetches into a new release directory. */
  const fetch = async (source: Git, since?: string, env: Readonly<Record<string, string>> = {}) => {
    count += 1
    const release = at(`releases/r${count}`)
    await mkdir(release, { recursive: true })
    const host = place.host.withEnv({ ...HERMETIC_GIT, ...env })
    return { release, ...(await host.perform(source.fetch({ release, mirror: at('.dye/mirror'), since }))) }
  }

  const page = (release: string) => readFile(join(release, 'page'), 'utf8')
  const status = async (release: string) =>
    (await execa('git', ['status', '--porcelain'], { cwd: release, env: HERMETIC_GIT })).stdout
  const objectsOf = async (cwd: string) => Number((await execa('du', ['-sk', cwd])).stdout.split('\t')[0])

  beforeEach(async () => {
    count += 1
    root = join(place.directory, `case ${count} "it's"`)
    await mkdir(root)
    await repository('origin')
    await commit('origin', { page: '1', 'legacy/module.py': 'x' })
  })

  it.each<[string, () => Promise<unknown>]>([
    ['HEAD', () => writeFile(at('.dye/mirror/HEAD'), '')],
    ['a branch', () => writeFile(at('.dye/mirror/refs/heads/main'), '')],
    ['its configuration', () => writeFile(at('.dye/mirror/config'), '[core\n')],
    ['all objects', () => rm(at('.dye/mirror/objects'), { recursive: true })],
    [
      'each loose object',
      async () => {
        for (const name of await readdir(at('.dye/mirror/objects'), { recursive: true })) {
          if (!/^[0-9a-f]{2}\/./.test(name)) continue
          await chmod(at('.dye/mirror/objects', name), 0o644)
          await truncate(at('.dye/mirror/objects', name))
        }
      },
    ],
    [
      'a pack',
      async () => {
        await execa('git', ['--git-dir', at('.dye/mirror'), 'repack', '-adq'], { env: HERMETIC_GIT })
        const [pack] = (await readdir(at('.dye/mirror/objects/pack'))).filter(name => name.endsWith('.pack'))
        await chmod(at('.dye/mirror/objects/pack', pack ?? ''), 0o644)
        await truncate(at('.dye/mirror/objects/pack', pack ?? ''), 40)
      },
    ],
  ])('is whole again when it had lost %s, and so are older releases', async (lost, spoil) => {
    const old = await fetch(git(at('origin')))
    expect(old.warnings).toEqual([])
    await spoil()
    await commit('origin', { page: '2' })
    const healed = await fetch(git(at('origin')), old.revision)
    // what a pack had git fetches again by itself
    if (lost !== 'a pack') expect(healed.warnings?.join()).toContain('fetched afresh')
    expect(await page(healed.release)).toBe('2')
    expect(healed.commits).toHaveLength(1)
    expect([await status(healed.release), await status(old.release)]).toEqual(['', ''])
    expect((await fetch(git(at('origin')))).warnings).toEqual([])
    expect((await readdir(at('.dye'))).sort()).toEqual(['mirror'])
  })

  it('stays as it is when the repository cannot be reached', async () => {
    await fetch(git(at('origin')))
    await rename(at('origin'), at('away'))
    const head = await readFile(at('.dye/mirror/HEAD'), 'utf8')
    await expect(fetch(git(at('origin')))).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    expect(await readFile(at('.dye/mirror/HEAD'), 'utf8')).toBe(head)
    await rename(at('away'), at('origin'))
    expect((await fetch(git(at('origin')))).warnings).toEqual([])
  })

  it('follows branches and tags that are forced, moved, or become directories', async () => {
    await run('origin', 'branch', 'topic')
    await run('origin', 'tag', 'v1')
    await fetch(git(at('origin')).branch('topic'))
    await commit('origin', { page: '2' })
    await run('origin', 'branch', '--delete', '--force', 'topic')
    await run('origin', 'branch', 'topic/one')
    await run('origin', 'tag', '--force', 'v1')
    expect(await page((await fetch(git(at('origin')).branch('topic/one'))).release)).toBe('2')
    expect(await page((await fetch(git(at('origin')).tag('v1'))).release)).toBe('2')
    await expect(fetch(git(at('origin')).branch('topic'))).rejects.toMatchObject({
      code: 'SOURCE_NO_SUCH_REVISION',
    })
  })

  it('brings a commit of no branch, by its hash', async () => {
    const hash = await commit('origin', { page: 'request' })
    await run('origin', 'update-ref', 'refs/pull/1/head', hash)
    await run('origin', 'reset', '--quiet', '--hard', 'HEAD~')
    const { release, revision } = await fetch(git(at('origin')).revision(hash))
    expect([await page(release), revision]).toEqual(['request', hash])
  })

  it('is not copied: a release has its files, and next to nothing of the history', async () => {
    const big = Array.from({ length: 40 }, (_, index) => [`big-${index}`, crypto.randomUUID().repeat(8_000)])
    await commit('origin', Object.fromEntries(big))
    await commit('origin', Object.fromEntries(big.map(([name = '']) => [name, null])))
    const first = await fetch(git(at('origin')))
    const before = await objectsOf(at('.dye/mirror'))
    await commit('origin', { page: '2' })
    const second = await fetch(git(at('origin')), first.revision)
    expect(await objectsOf(join(second.release, '.git'))).toBeLessThan(200)
    expect((await objectsOf(at('.dye/mirror'))) - before).toBeLessThan(50)
    expect(await place.host.perform(git(at('origin')).log(second.release))).toHaveLength(4)
  })

  it('and releases can be moved elsewhere', async () => {
    const { release } = await fetch(git(at('origin')))
    await mkdir(at('moved'))
    for (const name of ['.dye', 'releases']) await rename(at(name), at('moved', name))
    expect(await status(release.replace(root, at('moved')))).toBe('')
  })

  it('stays small in files, however many times it is fetched', async () => {
    const unpacked = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'fetch.unpackLimit', GIT_CONFIG_VALUE_0: '1' }
    for (let turn = 0; turn < 55; turn += 1) {
      await commit('origin', { page: `turn ${turn}` })
      await fetch(git(at('origin')), undefined, unpacked)
    }
    const packs = (await readdir(at('.dye/mirror/objects/pack'))).filter(name => name.endsWith('.pack'))
    expect(packs.length).toBeLessThan(50)
    expect(await status(at('releases', (await readdir(at('releases')))[0] ?? ''))).toBe('')
  })

  describe('of a part of it', () => {
    it('has the newest commits only, and later those that are new', async () => {
      for (const content of ['2', '3']) await commit('origin', { page: content })
      const source = git(`file://${at('origin')}`).shallow()
      const first = await fetch(source)
      expect(await place.host.perform(source.log(first.release))).toHaveLength(1)
      await commit('origin', { page: '4' })
      const tip = await commit('origin', { page: '5' })
      const second = await fetch(source, first.revision)
      expect(second.commits.map(({ subject }) => subject)).toEqual(['page', 'page'])
      expect([await page(second.release), await status(second.release)]).toEqual(['5', ''])
      expect(await page((await fetch(source.revision(first.revision))).release)).toBe('3')
      await run('origin', 'tag', 'v5')
      expect((await fetch(source.tag('v5'))).revision).toBe(tip)
      const whole = await fetch(git(`file://${at('origin')}`))
      expect(await place.host.perform(source.log(whole.release))).toHaveLength(5)
    })

    it('is the release, if it is a subdirectory', async () => {
      await commit('origin', { 'apps/web/page': 'web', 'apps/web/sub/file': 'x', 'apps/other': 'x' })
      const hash = await commit('origin', { 'apps/other': 'y' })
      const source = git(at('origin')).subdirectory('apps/web/')
      const first = await fetch(source)
      expect((await readdir(first.release)).sort()).toEqual(['.git', 'page', 'sub'])
      expect(first.revision).toBe(hash)
      expect(await place.host.perform(source.revisionOf(first.release))).toBe(hash)
      await commit('origin', { 'apps/web/page': 'web 2' })
      const second = await fetch(source, first.revision)
      expect(await page(second.release)).toBe('web 2')
      expect(second.commits.map(({ subject }) => subject)).toEqual(['apps/web/page'])
      expect(await status(second.release)).toBe('')
      await writeFile(join(second.release, 'page'), 'by hand')
      expect((await place.host.runAll([source.localChanges(second.release)]))[0]?.lines).toEqual([' M page'])
      await expect(fetch(git(at('origin')).subdirectory('nowhere'))).rejects.toMatchObject({
        code: 'SOURCE_NO_SUCH_REVISION',
      })
    })
  })

  it('has mirrors of submodules in it, so that what is there is not fetched again', async () => {
    for (const name of ['inner', 'outer']) await repository(name)
    await commit('inner', { file: crypto.randomUUID().repeat(20_000) })
    await run('outer', 'submodule', '--quiet', 'add', '../inner', 'libs/inner')
    await commit('outer', { file: 'outer' })
    await run('origin', 'submodule', '--quiet', 'add', '../outer', 'vendor/outer')
    await commit('origin', { page: 'with submodules' })
    const first = await fetch(git(at('origin')))
    expect(await readFile(join(first.release, 'vendor/outer/libs/inner/file'), 'utf8')).toHaveLength(720_000)
    expect(existsSync(at('.dye/mirror/modules/vendor/outer/modules/libs/inner/HEAD'))).toBe(true)
    await commit('inner', { more: 'x' })
    await run('outer/libs/inner', 'pull', '--quiet')
    await commit('outer', { file: 'outer 2' })
    await run('origin/vendor/outer', 'pull', '--quiet')
    await commit('origin', { page: '2' })
    const second = await fetch(git(at('origin')), first.revision)
    expect(await readFile(join(second.release, 'vendor/outer/libs/inner/more'), 'utf8')).toBe('x')
    expect(await status(second.release)).toBe('')
    const ownObjects = join(second.release, '.git/modules/vendor/outer/modules/libs/inner/objects')
    expect(await objectsOf(ownObjects)).toBeLessThan(100)
    await run('origin', 'rm', '--quiet', 'vendor/outer')
    await commit('origin', { page: '3' })
    expect(await readdir((await fetch(git(at('origin')))).release)).not.toContain('vendor')
  })

  describe('that keeps files in Git LFS', () => {
    const track = { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' }
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1\n`

    it('says so where that is missing, and goes on', async () => {
      await commit('origin', { ...track, 'a.bin': pointer })
      const tools = at('tools')
      await mkdir(tools)
      await writeFile(join(tools, 'git-lfs'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
      const path = (await place.host.run`printf %s "$PATH"`).stdout
      const { warnings, release } = await fetch(git(at('origin')), undefined, { PATH: `${tools}:${path}` })
      expect(warnings?.join()).toContain('Git LFS')
      expect(await readFile(join(release, 'a.bin'), 'utf8')).toContain('git-lfs')
    })
  })
})
