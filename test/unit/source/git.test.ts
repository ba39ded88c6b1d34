import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { CommandError } from '../../../src/errors/command-error.js'
import { OptionError } from '../../../src/errors/option-error.js'
import { disagree, localBranch } from '../../../src/source/branch-check.js'
import { type Git, git } from '../../../src/source/git.js'
import { HERMETIC_GIT } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

const ALLOW_FILES = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'protocol.file.allow',
  GIT_CONFIG_VALUE_0: 'always',
}

describe('a git repository', () => {
  const place = localPlace()
  const url = () => join(place.directory, 'origin')
  let releases = 0

  const run = async (cwd: string, ...words: string[]) => {
    const { stdout } = await execa('git', words, { cwd, env: { ...HERMETIC_GIT, ...ALLOW_FILES } })
    return stdout
  }

  const commit = async (file: string, content: string) => {
    await writeFile(join(url(), file), content)
    await run(url(), 'add', '--all')
    await run(url(), 'commit', '--quiet', '-m', `${file}: ${content}`)
    return run(url(), 'rev-parse', 'HEAD')
  }

  /** Fetches into a new release directory. */
  const fetch = async (source: Git, since?: string) => {
    releases += 1
    const release = join(place.directory, `release-${releases}`)
    await mkdir(release)
    const host = place.host.withEnv({ ...HERMETIC_GIT, ...ALLOW_FILES })
    const fetched = await host.perform(
      source.fetch({ release, mirror: join(place.directory, 'mirror'), since }),
    )
    return { ...fetched, release }
  }

  beforeAll(async () => {
    await mkdir(url())
    await run(url(), 'init', '--quiet', '--initial-branch=main')
    await commit('page', '1')
    await run(url(), 'tag', 'v1')
  })

  it('is fetched at a branch, then only what is new, with the commits in between', async () => {
    const first = await fetch(git(url()))
    expect(await readFile(join(first.release, 'page'), 'utf8')).toBe('1')
    expect(first.commits).toEqual([])
    await commit('page', '2')
    const tip = await commit('other', 'x')
    const second = await fetch(git(url()), first.revision)
    expect(second.revision).toBe(tip)
    expect(second.commits.map(({ subject, author }) => [subject, author])).toEqual([
      ['other: x', 'Ann Author'],
      ['page: 2', 'Ann Author'],
    ])
  })

  it('is fetched at a tag, or a revision', async () => {
    const tag = await fetch(git(url()).tag('v1'))
    expect(await readFile(join(tag.release, 'page'), 'utf8')).toBe('1')
    const revision = await fetch(git(url()).revision(tag.revision.slice(0, 12)))
    expect(revision.revision).toBe(tag.revision)
  })

  it('may have a branch that was forced to other commits', async () => {
    await run(url(), 'checkout', '--quiet', '-b', 'forced')
    const before = await commit('page', 'before')
    await fetch(git(url()).branch('forced'))
    await run(url(), 'reset', '--quiet', '--hard', 'v1')
    const after = await commit('page', 'after')
    const fetched = await fetch(git(url()).branch('forced'), before)
    expect(fetched.revision).toBe(after)
    await run(url(), 'checkout', '--quiet', 'main')
  })

  it('brings its submodules', async () => {
    const module = join(place.directory, 'module')
    await mkdir(module)
    await run(module, 'init', '--quiet', '--initial-branch=main')
    await writeFile(join(module, 'inside'), 'submodule')
    await run(module, 'add', '--all')
    await run(module, 'commit', '--quiet', '-m', 'inside')
    await run(url(), 'checkout', '--quiet', '-b', 'with-module')
    await run(url(), 'submodule', '--quiet', 'add', module, 'module')
    await run(url(), 'commit', '--quiet', '-m', 'submodule')
    await run(url(), 'checkout', '--quiet', 'main')
    const { release } = await fetch(git(url()).branch('with-module'))
    expect(await readFile(join(release, 'module/inside'), 'utf8')).toBe('submodule')
  })

  it('says what it does not have', async () => {
    const missing = await fetch(git(url()).branch('nowhere')).catch((error: unknown) => error)
    expect(missing).toMatchObject({ code: 'SOURCE_NO_SUCH_REVISION' })
    expect(String(missing)).toContain('branch nowhere')
  })

  it('tells what was changed by hand, and nothing else', async () => {
    const source = git(url())
    const { release } = await fetch(source)
    const changes = async () => (await place.host.runAll([source.localChanges(release)]))[0]?.lines
    expect(await changes()).toEqual([])
    await writeFile(join(release, 'page'), 'by hand')
    await writeFile(join(release, 'new file'), 'by hand')
    expect(await changes()).toEqual([' M page', '?? "new file"'])
    const [ours] = await place.host.runAll([source.localChanges(release, ['new file'])])
    expect(ours?.lines).toEqual([' M page'])
    expect(await readdir(release)).toContain('.git')
  })

  it.each([
    ['a url', () => git('--upload-pack=x')],
    ['no url', () => git('')],
    ['a branch', () => git('x').branch('-f')],
    ['a tag', () => git('x').tag('--all')],
    ['a revision', () => git('x').revision('a\nb')],
  ])('refuses %s that could be taken for an option', (_, make) => {
    expect(make).toThrow(OptionError)
  })

  it('does not show a password in an error, nor in what people see of a command', async () => {
    const source = git('https://me:hunter2@127.0.0.1:1/x.git')
    const failed = await fetch(source).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(CommandError)
    expect(inspect(failed, { depth: 9 }) + JSON.stringify(failed)).not.toContain('hunter2')
    const { commands } = source.fetch({ release: '/r', mirror: '/m', since: undefined })
    expect(commands.map(String).join('\n')).not.toContain('hunter2')
  })

  it('does not show a password in its title', () => {
    expect(git('https://me:hunter2@example.org/x.git').title).not.toContain('hunter2')
  })

  it('knows the branch that is checked out here, if it is a checkout of the same repository', async () => {
    const clone = join(place.directory, 'clone')
    await run(place.directory, 'clone', '--quiet', url(), clone)
    expect(await place.host.perform(localBranch(url(), clone))).toBe('main')
    expect(await place.host.perform(localBranch('git@elsewhere:x.git', clone))).toBeUndefined()
    expect(await place.host.perform(localBranch(url(), '/'))).toBeUndefined()
  })
})

describe('three branches', () => {
  it.each([
    [{ chosen: 'main', deployed: 'main', local: 'main' }, false],
    [{ chosen: 'main', deployed: undefined, local: undefined }, false],
    [{ chosen: 'main', deployed: 'other', local: 'main' }, true],
    [{ chosen: 'main', deployed: 'main', local: 'other' }, true],
  ])('%j disagree: %s', (branches, expected) => {
    expect(disagree(branches)).toBe(expected)
  })
})
