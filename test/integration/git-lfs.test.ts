import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { git } from '../../src/source/git.js'
import { needsProgram } from '../support/needs.js'
import { HERMETIC_GIT } from '../support/project-repository.js'
import { localPlace } from '../support/temporary.js'

needsProgram('git-lfs', 'a git repository with Git LFS', () => {
  const place = localPlace()
  const at = (...names: string[]) => join(place.directory, ...names)
  const run = (cwd: string, ...words: string[]) => execa('git', words, { cwd, env: HERMETIC_GIT })

  const fetch = async (name: string) => {
    const release = at(name)
    await mkdir(release)
    const source = git(`file://${at('bare')}`)
    const host = place.host.withEnv(HERMETIC_GIT)
    return { release, ...(await host.perform(source.fetch({ release, mirror: at('mirror') }))) }
  }

  it('has its large files brought, once for all releases', async () => {
    const files = {
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'deep/a.bin': 'large content',
    }
    await mkdir(at('origin'))
    await run(at('origin'), 'init', '--quiet', '--initial-branch=main')
    await run(at('origin'), 'lfs', 'install', '--local')
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(at('origin', path)), { recursive: true })
      await writeFile(at('origin', path), content)
    }
    await run(at('origin'), 'add', '--all')
    await run(at('origin'), 'commit', '--quiet', '-m', 'large')
    await execa('git', ['clone', '--quiet', '--bare', at('origin'), at('bare')], { env: HERMETIC_GIT })
    await run(at('origin'), 'lfs', 'push', '--all', `file://${at('bare')}`)
    const first = await fetch('r1')
    expect(await readFile(join(first.release, 'deep/a.bin'), 'utf8')).toBe('large content')
    expect(first.warnings).toEqual([])
    expect((await run(first.release, 'status', '--porcelain')).stdout).toBe('')
    await rm(at('bare/lfs'), { recursive: true })
    const second = await fetch('r2')
    expect(await readFile(join(second.release, 'deep/a.bin'), 'utf8')).toBe('large content')
  })
})
