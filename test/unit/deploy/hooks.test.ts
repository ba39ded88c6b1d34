import { existsSync } from 'node:fs'
import { mkdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Deployment } from '../../../src/deploy/deployment.js'
import type { DeployEvent } from '../../../src/deploy/events.js'
import type { FailureState, Hook } from '../../../src/deploy/hooks.js'
import type { DeployOptions } from '../../../src/deploy/options.js'
import type { DeployResult } from '../../../src/deploy/result.js'
import { HookError } from '../../../src/errors/hook-error.js'
import { Layout } from '../../../src/release/layout.js'
import { Release } from '../../../src/release/release.js'
import { git } from '../../../src/source/git.js'
import { HERMETIC_GIT } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

vi.setConfig({ testTimeout: 30_000 })

describe('hooks', () => {
  const place = localPlace()
  const origin = () => join(place.directory, 'origin')
  let layout: Layout
  let said: string[]
  let count = 0

  const say = (words: string) => () => {
    said.push(words)
  }

  /** A deploy of code only, to this machine, in a home of its own for each test. */
  const deployment = (more: Partial<DeployOptions> = {}) =>
    new Deployment({
      project: 'carers',
      environment: 'staging',
      hosts: [place.host.withEnv(HERMETIC_GIT)],
      source: git(origin()),
      release: Release.under(join(place.directory, `home-${count}`)),
      directory: '/',
      ...more,
    }).skip('link-cron') // it would look at what is in /etc

  const live = async () => basename(await readlink(layout.live))

  /** True when nobody holds the lock any more. */
  const free = async () =>
    (await execa('flock', ['-n', layout.lock, 'true'], { reject: false })).exitCode === 0

  const statusOf = ({ steps }: DeployResult, name: string) => steps.filter(({ step }) => step === name)

  beforeAll(async () => {
    await mkdir(origin())
    await writeFile(join(origin(), 'page'), 'hello')
    const steps = [
      ['init', '--quiet', '--initial-branch=main'],
      ['add', '--all'],
      ['commit', '--quiet', '-m', 'one'],
    ]
    for (const words of steps) await execa('git', words, { cwd: origin(), env: HERMETIC_GIT })
  })

  beforeEach(() => {
    said = []
    count += 1
    layout = new Layout(join(place.directory, `home-${count}`, 'carers'))
  })

  it('run at their moments, in order; those for one step in the order of their adding', async () => {
    const hooks: DeployOptions['hooks'] = {
      preDeploy: say('preDeploy'),
      postDeploy: say('postDeploy'),
      before: { 'fetch-source': say('before fetch'), 'prune-releases': say('before prune') },
      after: { 'check-branch': say('after check'), 'switch-release': say('after switch') },
      onFailure: say('onFailure'),
      onRollback: say('onRollback'),
    }
    const result = await deployment({ hooks })
      .before('fetch-source', say('before fetch, too'))
      .after('fetch-source', say('after fetch'))
      .run()
    expect(result).toMatchObject({ outcome: 'deployed', warnings: [], exitCode: 0 })
    expect(said).toEqual([
      ...['after check', 'preDeploy', 'before fetch', 'before fetch, too', 'after fetch', 'after switch'],
      ...['postDeploy', 'before prune'],
    ])
  })

  it('find what is true at their moment', async () => {
    const states: unknown[] = []
    const result = await deployment()
      .before('prepare-release', ({ release }) => states.push(release.revision, existsSync(release.path)))
      .before('switch-release', async ({ release, outgoing, pendingMigrations }) => {
        states.push(release.revision, await readFile(join(release.path, 'page'), 'utf8'))
        states.push(outgoing, pendingMigrations, existsSync(layout.live))
      })
      .after('switch-release', async ({ release }) => states.push((await live()) === release.name))
      .run()
    const revision = (await execa('git', ['rev-parse', 'HEAD'], { cwd: origin() })).stdout
    expect(states).toEqual([undefined, false, revision, 'hello', undefined, [], false, true])
    expect(result.revision).toBe(revision)
  })

  it('run their commands under the lock of the deploy', async () => {
    const locked: boolean[] = []
    await deployment()
      .before('fetch-source', async ({ host }) => {
        locked.push(await free())
        await host.run`readlink /proc/self/fd/9`.then(({ stdout }) => said.push(stdout))
      })
      .run()
    expect(locked).toEqual([false])
    expect(said).toEqual([layout.lock])
    expect(await free()).toBe(true)
  })

  it('may stand in for a step, or leave it out', async () => {
    const result = await deployment()
      .replace('clean-bytecode', say('mine'))
      .skip('check-disk')
      .skip('collect-assets')
      .replace('collect-assets', say('mine after all'))
      .run()
    expect(said).toEqual(['mine', 'mine after all'])
    expect(statusOf(result, 'clean-bytecode')).toMatchObject([{ status: 'changed' }])
    expect(statusOf(result, 'check-disk')).toMatchObject([{ status: 'skipped', note: 'left out by you' }])
  })

  it('do not change a deployment, but a copy of it', async () => {
    const original = deployment()
    original.before('fetch-source', say('never')).skip('fetch-source').replace('check-disk', say('never'))
    const { outcome } = await original.run()
    expect([outcome, said]).toEqual(['deployed', []])
  })

  it.each<['before' | 'after', 'prepare-release' | 'fetch-source' | 'switch-release', string]>([
    ['before', 'prepare-release', 'failed-before-switch'],
    ['after', 'prepare-release', 'failed-before-switch'],
    ['before', 'fetch-source', 'failed-before-switch'],
    ['before', 'switch-release', 'failed-before-switch'],
    ['after', 'switch-release', 'rolled-back'],
  ])('fail the deploy when they throw %s %s: %s', async (side, step, outcome) => {
    const { release: first } = await deployment().run()
    const fail = () => {
      throw new Error('not today.')
    }
    const result = await deployment({ hooks: { onFailure: say('onFailure'), onRollback: say('onRollback') } })
      [side](step, fail)
      .run()
    expect(result).toMatchObject({ outcome, exitCode: 1 })
    expect(result.error).toBeInstanceOf(HookError)
    expect(result.error).toMatchObject({ moment: `${side} ${step}`, code: 'HOOK_FAILED' })
    expect(result.error?.message).toMatch(/^Could not run the hook \w+ [a-z-]+ on local \(.*\): not today\.$/)
    expect(said).toEqual(outcome === 'rolled-back' ? ['onFailure', 'onRollback'] : ['onFailure'])
    expect(await live()).toBe(first)
    expect(existsSync(layout.next)).toBe(false)
    expect(await free()).toBe(true)
    expect((await deployment().run()).outcome).toBe('deployed')
  })

  it('give only a warning when they throw once the release is live', async () => {
    const result = await deployment({
      hooks: {
        postDeploy: () => Promise.reject(new Error('no mail today')),
        before: { 'prune-releases': () => Promise.reject(new Error('nor this')) },
      },
    }).run()
    expect(result).toMatchObject({ outcome: 'deployed-with-warnings', exitCode: 0, error: undefined })
    expect(result.warnings.join('\n')).toMatch(/postDeploy.*no mail today[\s\S]*prune-releases.*nor this/)
    expect(await live()).toBe(result.release)
    expect(await free()).toBe(true)
  })

  it('may throw what is no error', async () => {
    const result = await deployment({ hooks: { preDeploy: () => Promise.reject('just text') } }).run()
    expect(result).toMatchObject({ outcome: 'failed-before-switch', error: { code: 'HOOK_FAILED' } })
    expect(result.error?.message).toContain('just text')
  })

  it('that fail for their part, onFailure and onRollback, do not hide what went wrong first', async () => {
    const fail = (words: string) => () => Promise.reject(new Error(words))
    const hooks = { onFailure: fail('second'), onRollback: fail('third') }
    const result = await deployment({ hooks }).after('switch-release', fail('first')).run()
    expect(result.outcome).toBe('rolled-back')
    expect(result.error?.message).toContain('first')
    expect(result.warnings.join('\n')).toMatch(/second[\s\S]*third/)
  })

  it('end when the deploy is cancelled: what they run, and what they wait for by the signal', async () => {
    let controller = new AbortController()
    const soon = () => setTimeout(() => controller.abort(), 100)
    const onFailure: Hook<FailureState> = async ({ host, error }) => {
      said.push(`${error.name} ${(await host.run`echo still runs`).stdout}`) // by then it is aborted
    }
    const endless: readonly ((deployed: Deployment) => Deployment)[] = [
      deployed => deployed.before('switch-release', ({ host }) => soon() && host.run`sleep 60`),
      deployed => deployed.replace('switch-release', ({ host }) => soon() && host.run`sleep 60`),
      deployed =>
        deployed.after('fetch-source', state => soon() && pause(60_000, undefined, { signal: state.signal })),
    ]
    for (const wait of endless) {
      count += 1
      controller = new AbortController()
      const { signal } = controller
      const result = await wait(deployment({ signal, hooks: { onFailure } })).run()
      expect(result.outcome).toBe('cancelled')
      expect(said.splice(0)).toEqual(['CancelledError still runs'])
    }
  })

  it('that cancel the deploy leave the old release live, and the lock free', async () => {
    const { release: first } = await deployment().run()
    const controller = new AbortController()
    const result = await deployment({ signal: controller.signal })
      .before('switch-release', () => controller.abort())
      .run()
    expect(result).toMatchObject({ outcome: 'cancelled', exitCode: 1 })
    expect(await live()).toBe(first)
    expect(await free()).toBe(true)
  })

  it.each(['prepare-release', 'switch-release', 'prune-releases'])(
    'are not needed to get the server back when a listener throws after %s',
    async step => {
      const onEvent = (event: DeployEvent) => {
        if (event.type === 'step-ended' && event.record.step === step) throw new Error('a broken listener')
      }
      await deployment({ onEvent })
        .run()
        .catch(() => {}) // whether that rejects is another matter
      expect(existsSync(layout.next)).toBe(false)
      expect(await free()).toBe(true)
      expect((await deployment().run()).outcome).toBe('deployed')
    },
  )

  it('see their events told in order, each step that began also ended', async () => {
    const events: DeployEvent[] = []
    const result = await deployment({ onEvent: event => events.push(event) }).run()
    expect(events[0]).toMatchObject({ type: 'started', project: 'carers', environment: 'staging' })
    expect(events.at(-1)).toMatchObject({ type: 'ended', result })
    const begun = events.flatMap(event => (event.type === 'step-started' ? [event.step] : []))
    const ended = events.flatMap(event => (event.type === 'step-ended' ? [event.record] : []))
    expect(ended).toEqual(result.steps)
    expect(ended.filter(({ status }) => status !== 'skipped').map(({ step }) => step)).toEqual(begun)
  })
})
