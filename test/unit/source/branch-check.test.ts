import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Branches, disagree, localBranch } from '../../../src/source/branch-check.js'
import { HERMETIC_GIT } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

const URL_OF_ORIGIN = 'git@git.example.org:carers.git'

describe('the branch that is checked out here', () => {
  const place = localPlace()
  const at = (name: string) => join(place.directory, name)
  const branch = (directory: string, url = URL_OF_ORIGIN) =>
    place.host.withEnv(HERMETIC_GIT).perform(localBranch(url, directory))

  /** A checkout with one commit, of a repository that is not there. */
  const checkout = async (name: string, ...more: readonly (readonly string[])[]) => {
    await mkdir(at(name), { recursive: true })
    const steps = [
      ['init', '--quiet', '--initial-branch=main'],
      ['remote', 'add', 'origin', URL_OF_ORIGIN],
      ['commit', '--quiet', '--allow-empty', '-m', 'one'],
      ...more,
    ]
    for (const words of steps) await execa('git', words, { cwd: at(name), env: HERMETIC_GIT })
  }

  beforeAll(async () => {
    await checkout('on main')
    await checkout('on a topic', ['checkout', '--quiet', '-b', 'topic/with-slash'])
    await checkout('detached', ['checkout', '--quiet', '--detach'])
    await checkout('without origin', ['remote', 'remove', 'origin'])
    await mkdir(at('on main/deep/er'), { recursive: true })
    await mkdir(at('-odd name'), { recursive: true })
  })

  it.each([
    ['on main', 'main'],
    ['on main/deep/er', 'main'],
    ['on a topic', 'topic/with-slash'],
    ['detached', undefined],
    ['without origin', undefined],
    ['.', undefined],
    ['-odd name', undefined],
  ])('is, in %j: %s', async (directory, expected) => {
    expect(await branch(at(directory))).toBe(expected)
  })

  it('does not matter when it is the branch of something else', async () => {
    expect(await branch(at('on main'), 'git@git.example.org:other.git')).toBeUndefined()
  })
})

describe('three branches', () => {
  it.each<[Branches, boolean]>([
    [{ chosen: 'main', deployed: 'main', local: 'main' }, false],
    [{ chosen: 'main', deployed: undefined, local: undefined }, false],
    [{ chosen: 'main', deployed: undefined, local: 'topic' }, true],
    [{ chosen: 'main', deployed: 'topic', local: undefined }, true],
    [{ chosen: 'main', deployed: 'topic', local: 'topic' }, true],
  ])('%j disagree: %s', (branches, expected) => {
    expect(disagree(branches)).toBe(expected)
  })
})
