import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { Deployment } from '../../../src/deploy/deployment.js'
import type { DeployOptions } from '../../../src/deploy/options.js'
import { Release } from '../../../src/release/release.js'
import { git } from '../../../src/source/git.js'
import type { Balancer } from '../../../src/web-server/balancer.js'
import { HERMETIC_GIT } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

vi.setConfig({ testTimeout: 30_000 })

describe('a plan', () => {
  const place = localPlace()
  const origin = () => join(place.directory, 'origin')

  const deployment = (more: Partial<DeployOptions> = {}) =>
    new Deployment({
      project: 'carers',
      environment: 'staging',
      hosts: [place.host.withEnv({ ...HERMETIC_GIT, TMPDIR: join(place.directory, 'scratch') })],
      source: git(origin()),
      release: Release.under(join(place.directory, 'home')),
      directory: '/',
      ...more,
    }).skip('link-cron') // it would look at what is in /etc

  beforeAll(async () => {
    await mkdir(join(place.directory, 'scratch'))
    await mkdir(origin())
    await writeFile(join(origin(), 'page'), 'hello')
    for (const words of [
      ['init', '--quiet', '--initial-branch=main'],
      ['add', '--all'],
      ['commit', '--quiet', '-m', 'one'],
    ])
      await execa('git', words, { cwd: origin(), env: HERMETIC_GIT })
  })

  it('leaves nothing behind', async () => {
    const { isClear, revision } = await deployment().plan()
    expect(isClear).toBe(true)
    expect(revision).toMatch(/^[0-9a-f]{40}$/)
    expect(await readdir(join(place.directory, 'scratch'))).toEqual([])
    expect(await readdir(place.directory)).not.toContain('home')
  })

  it('asks a balancer whether it knows the host, and takes nothing out', async () => {
    const said: string[] = []
    const move = (what: string) => async () => {
      said.push(what)
      return { changed: what !== 'check', note: what }
    }
    const close = async () => {
      said.push('close')
      return { roundTrips: 0, connections: 0 }
    }
    const balancer: Balancer = {
      title: 'a balancer',
      open: () => ({ check: move('check'), leave: move('leave'), join: move('join'), close }),
    }
    const { steps } = await deployment({ balancer }).plan()
    expect(said).toEqual(['check', 'close'])
    const what = (name: string) => steps.find(({ step }) => step === name)?.what
    expect(what('check-balancer')).toBe('nothing')
    expect(what('leave-balancer')).toBe('change')
    expect(what('join-balancer')).toBe('change')
  })
})
