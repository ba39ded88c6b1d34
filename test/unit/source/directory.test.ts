import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Directory, directory } from '../../../src/source/directory.js'
import { git } from '../../../src/source/git.js'
import { HERMETIC_GIT } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

const snapshots = async () => (await readdir(tmpdir())).filter(name => name.startsWith('dye-snapshot-'))

describe('a directory of this machine', () => {
  const place = localPlace()
  const at = (...names: string[]) => join(place.directory, ...names)
  let count = 0
  let project: string

  const write = async (path: string, content = path, mode = 0o644) => {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), content)
    await chmod(join(project, path), mode)
  }

  const run = async (...words: string[]) =>
    (await execa('git', words, { cwd: project, env: HERMETIC_GIT })).stdout

  const deployed = async (source: Directory, since?: string) => {
    count += 1
    const release = at(`release-${count}`)
    await mkdir(release)
    const fetchPlace = { release, mirror: at('mirror'), since }
    const mine = source.forEnvironment()
    try {
      const uploaded = await mine.upload(place.host, fetchPlace)
      return { release, ...(await place.host.perform(uploaded.fetch(fetchPlace))) }
    } finally {
      await mine.close()
    }
  }

  /** All files and links below a directory, with modes and contents. */
  const tree = async (root: string) => {
    const { stdout } = await execa(
      'find',
      ['.', '(', '-name', '.git', '-o', '-name', '.dye-*', ')', '-prune', '-o', '!', '-type', 'd', '-print'],
      { cwd: root },
    )
    const paths = stdout.split('\n').filter(Boolean).sort()
    return Promise.all(
      paths.map(async path => {
        const link = await readlink(join(root, path)).catch(() => undefined)
        const { mode } = await stat(join(root, path))
        return link ? [path, link] : [path, mode & 0o777, await readFile(join(root, path), 'utf8')]
      }),
    )
  }
  const names = async (root: string) => (await tree(root)).map(([path]) => String(path).slice(2))

  beforeEach(async () => {
    count += 1
    project = at(`project ${count}`)
    await mkdir(project)
  })

  it('leaves a release as readable as it was', async () => {
    await write('manage.py')
    const { release } = await deployed(directory(project))
    expect((await stat(release)).mode & 0o777).toBe(0o755)
  })

  it('brings the same tree as git does', async () => {
    await write('.gitignore', '*.log\n/build/\n!keep.log\nsecret\n')
    await write('manage.py', '#!/bin/sh', 0o775)
    await write('site/.gitignore', 'cache/\n*.tmp\n!important.tmp\n')
    const taken = ['page', 'keep.log', 'site/build/x', 'site/important.tmp', 'über "x"/a b']
    for (const path of taken) await write(path, path, 0o600)
    const left = ['x.log', 'build/x', 'secret', 'site/secret', 'site/cache/x', 'site/deep/x.tmp', 'a/b/x.log']
    for (const path of left) await write(path)
    await mkdir(join(project, 'empty'))
    await symlink('page', join(project, 'link'))
    await run('init', '--quiet', '--initial-branch=main')
    await run('add', '--all')
    await run('commit', '--quiet', '-m', 'all')
    const byDirectory = await deployed(directory(project))
    const release = at('release-by-git')
    await mkdir(release)
    const byGit = await place.host.perform(git(project).fetch({ release, mirror: at('mirror-git') }))
    expect(await tree(byDirectory.release)).toEqual(await tree(release))
    expect(byDirectory.revision).toBe(byGit.revision)
    for (const path of left) expect(await names(byDirectory.release)).not.toContain(path)
  })

  it('brings what a list leaves, or takes along', async () => {
    await write('.gitignore', 'dist/\nbuild/\n')
    for (const path of ['build/x', 'build/js/y'].concat(
      'page',
      'dist/built.js',
      'dist/built.js.map',
      'docs/index.html',
    ))
      await write(path)
    const source = directory(project).ignore('docs/', '*.map').include('dist/', '/build/js')
    expect(await names((await deployed(source)).release)).toEqual([
      '.gitignore',
      'build/js/y',
      'dist/built.js',
      'page',
    ])
    expect(await names((await deployed(directory(project))).release)).toEqual([
      '.gitignore',
      'docs/index.html',
      'page',
    ])
  })

  it('needs no git: the revision is that of the contents', async () => {
    await write('page', '1')
    const first = await deployed(directory(project))
    const same = await deployed(directory(project))
    await write('page', '2')
    const other = await deployed(directory(project))
    expect(first.revision).toMatch(/^[0-9a-f]{64}$/)
    expect(same.revision).toBe(first.revision)
    expect(other.revision).not.toBe(first.revision)
    expect(await place.host.perform(directory(project).revisionOf(other.release))).toBe(other.revision)
    await rm(join(project, 'page'))
    await write('else')
    expect(await names((await deployed(directory(project))).release)).toEqual(['else'])
    expect(await readFile(join(first.release, 'page'), 'utf8')).toBe('1')
  })

  it('refuses uncommitted changes of git, unless told otherwise, and lists commits', async () => {
    await write('page', '1')
    await run('init', '--quiet')
    await run('add', '--all')
    await run('commit', '--quiet', '-m', 'One')
    const first = await run('rev-parse', 'HEAD')
    await write('page', '2')
    await write('new')
    const refused = await deployed(directory(project)).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'SOURCE_DIRTY' })
    expect(String(refused)).toContain('?? new')
    const dirty = await deployed(directory(project).evenIfDirty())
    expect(dirty.revision).toMatch(new RegExp(`^${first}-[0-9a-f]{64}$`))
    expect(await names(dirty.release)).toEqual(['new', 'page'])
    await run('add', '--all')
    await run('commit', '--quiet', '-m', 'Two')
    const clean = await deployed(directory(project), first)
    expect(clean.commits.map(({ subject }) => subject)).toEqual(['Two'])
    expect(clean.revision).toBe(await run('rev-parse', 'HEAD'))
  })

  it('notices a change of the same size within the same second', async () => {
    for (const content of ['1', '2', '3', '4']) {
      await write('page', content)
      const { release } = await deployed(directory(project))
      expect(await readFile(join(release, 'page'), 'utf8')).toBe(content)
    }
  })

  it('is the same for all hosts of a deploy, whatever happens to it meanwhile', async () => {
    await write('page', '1')
    const source = directory(project).forEnvironment()
    for (const name of ['one', 'two']) await mkdir(at(name))
    await source.upload(place.host, { release: at('one'), mirror: at('mirror-one') })
    await write('page', '2')
    await source.upload(place.host, { release: at('two'), mirror: at('mirror-two') })
    expect(await readFile(at('mirror-two/page'), 'utf8')).toBe('1')
    expect((await snapshots()).length).toBeGreaterThan(0)
    await source.close()
    expect(await readFile(at('mirror-one/page'), 'utf8')).toBe('1')
  })

  it('tells what was changed by hand since the release was complete', async () => {
    for (const path of ['page', 'gone', 'two\nlines']) await write(path)
    await symlink('page', join(project, 'link'))
    const source = directory(project)
    const { release } = await deployed(source)
    const changes = async (...ours: string[]) =>
      (await place.host.runAll([source.localChanges(at('live'), ours)]))[0]?.lines
    await symlink(release, at('live'))
    await writeFile(join(release, 'collected'), 'by the deploy')
    expect(await changes()).toEqual([])
    await place.host.runAll([source.seal(release)])
    expect(await changes()).toEqual([])
    await writeFile(join(release, 'page'), 'by hand')
    await rm(join(release, 'gone'))
    await rm(join(release, 'link'))
    await symlink('gone', join(release, 'link'))
    await mkdir(join(release, 'uploads'))
    for (const file of ['new', 'uploads/photo', 'x.pyc']) await writeFile(join(release, file), '')
    expect(await changes('uploads')).toEqual(['D gone', 'M link', '? new', 'M page'])
    expect((await stat(join(release, '.dye-manifest'))).mode & 0o777).toBe(0o600)
  })

  it('warns of what cannot be brought', async () => {
    await write('page')
    await symlink('/etc/passwd', join(project, 'outside'))
    const { warnings, release } = await deployed(directory(project))
    expect(warnings?.join()).toContain('outside is not deployed: it is a link out of the tree')
    expect(existsSync(join(release, 'outside'))).toBe(false)
  })
})
