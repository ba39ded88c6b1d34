import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { ask as asking, change } from '../../../src/command/command.js'
import { script } from '../../../src/command/script.js'
import type { DeployEvent } from '../../../src/deploy/events.js'
import type { Hook, Hooks } from '../../../src/deploy/hooks.js'
import { type DeployOptions, resolveOptions } from '../../../src/deploy/options.js'
import type { DeployResult } from '../../../src/deploy/result.js'
import { Run } from '../../../src/deploy/runner.js'
import { PAUSE, type Step } from '../../../src/deploy/step.js'
import { acquireLock } from '../../../src/deploy/steps/acquire-lock.js'
import { releaseLock } from '../../../src/deploy/steps/release-lock.js'
import { Host } from '../../../src/host/host.js'
import { LocalConnection } from '../../../src/host/local-connection.js'
import { Release } from '../../../src/release/release.js'
import { git } from '../../../src/source/git.js'
import { localPlace } from '../../support/temporary.js'

describe('the steps of a run', () => {
  const place = localPlace()
  let events: DeployEvent[]
  let diary: string
  let count = 0

  const wrote = async () => (existsSync(diary) ? (await readFile(diary, 'utf8')).trim().split('\n') : [])

  /** A step that writes its name, and its name with a minus when it is taken back. */
  const step = (name: string, more: Partial<Step> = {}): Step => ({
    name: name as Step['name'],
    title: `do ${name}`,
    phase: 'beside',
    script: () => script([change`echo ${name} >>${diary}`], () => ({ changed: true, note: name })),
    undo: () => [change`echo ${`-${name}`} >>${diary}`],
    ...more,
  })

  const shell = (text: string, more: Partial<Step> = {}) =>
    step('shell', {
      script: () => script([change`sh -c ${text}`], () => ({ changed: true, note: '' })),
      ...more,
    })

  const run = (steps: readonly Step[], more: Partial<DeployOptions> = {}, hooks: Hooks = {}) => {
    const options = resolveOptions({
      project: 'carers',
      environment: 'staging',
      hosts: [place.host],
      source: git('/nowhere'),
      release: Release.under(join(place.directory, `home-${count}`)),
      onEvent: event => events.push(event),
      ...more,
    })
    const all = [acquireLock, ...steps, releaseLock]
    return new Run({ action: 'deploy', options, steps: all, hooks, replacements: new Map() }).run()
  }

  const told = () =>
    events.flatMap(event => {
      if (event.type === 'step-started') return [`> ${event.step}`]
      return event.type === 'step-ended' ? [`< ${event.record.step} ${event.record.status}`] : []
    })

  const statuses = ({ steps }: DeployResult) => steps.map(({ step: name, status }) => `${name} ${status}`)

  beforeEach(() => {
    count += 1
    events = []
    diary = join(place.directory, `diary-${count}`)
  })

  it('go in one round trip when nothing is between them', async () => {
    const result = await run([step('one'), step('two'), step('three', { phase: 'window' })])
    expect(result.outcome).toBe('deployed')
    expect(await wrote()).toEqual(['one', 'two', 'three'])
    // the first learns the name of the release, which the guard of the others has to tell
    expect(result.roundTrips).toBe(2)
  })

  it('are told of one after the other, as they end, and not when all have ended', async () => {
    const moments: [string, string[]][] = []
    const waiting = shell(`until [ -e ${join(place.directory, `go-${count}`)} ]; do sleep 0.02; done`)
    const result = await run([step('one'), waiting, step('three')], {
      onEvent: async event => {
        events.push(event)
        if (event.type !== 'step-started' || event.step !== 'shell') return
        await pause(100)
        moments.push([event.step, await wrote()])
        await writeFile(join(place.directory, `go-${count}`), '')
      },
    })
    expect(result.outcome).toBe('deployed')
    expect(moments).toEqual([['shell', ['one']]])
    expect(told()).toEqual([
      ...['> acquire-lock', '< acquire-lock changed', '> one', '< one changed', '> shell', '< shell changed'],
      ...['> three', '< three changed', '> release-lock', '< release-lock changed'],
    ])
  })

  it('each have their own output', async () => {
    await run([shell('echo a; echo b >&2'), step('two'), shell('echo c', { name: 'reload' })])
    const output = events.flatMap(event =>
      event.type === 'output' ? [`${event.step} ${event.stream} ${event.text.trim()}`] : [],
    )
    expect(output.filter(line => !line.startsWith('acquire-lock')).sort()).toEqual([
      'reload stdout c',
      'shell stderr b',
      'shell stdout a',
    ])
  })

  it('are taken back as far as they were begun, last things first', async () => {
    const result = await run([step('one'), step('two'), shell('exit 3', { name: 'reload' }), step('four')])
    expect(result.outcome).toBe('failed-before-switch')
    expect(await wrote()).toEqual(['one', 'two', '-shell', '-two', '-one'])
    expect(statuses(result)).toEqual([
      ...['acquire-lock changed', 'one changed', 'two changed', 'reload failed'],
      ...['reload undone', 'two undone', 'one undone'],
    ])
    expect(result.error?.message).toMatch(/^could not do shell.*exit code 3/i)
  })

  it('are stopped at once when the answer of one of them cannot be read', async () => {
    const unreadable = step('two', {
      script: () =>
        script([change`echo two >>${diary}`], () => {
          throw new RangeError('what is that?')
        }),
    })
    const result = await run([step('one'), unreadable, shell('sleep 20'), step('four')])
    expect(result.error).toBeInstanceOf(RangeError)
    expect(result.durationMs).toBeLessThan(10_000)
    expect(statuses(result)).toContain('two failed')
    expect(await wrote()).toEqual(['one', 'two', '-two', '-one'])
  })

  it('have their time limit each', async () => {
    const well = await run([shell('sleep 0.4'), shell('sleep 0.4'), shell('sleep 0.4')], {
      stepTimeout: 1000,
    })
    expect(well.outcome).toBe('deployed')
    const late = await run([step('one'), shell('sleep 20'), step('three')], { stepTimeout: 600 })
    expect(late.error).toMatchObject({ code: 'TIMED_OUT' })
    expect(late.error?.message).toContain('do shell')
    expect(late.durationMs).toBeLessThan(10_000)
    expect(await wrote()).toEqual(['one', '-shell', '-one'])
  })

  it('are cancelled in the middle of a round trip', async () => {
    const controller = new AbortController()
    const result = await run([step('one'), shell('sleep 20'), step('three')], {
      signal: controller.signal,
      onEvent: event => {
        if (event.type === 'step-started' && event.step === 'shell') setTimeout(() => controller.abort(), 50)
      },
    })
    expect(result.outcome).toBe('cancelled')
    expect(result.durationMs).toBeLessThan(10_000)
    expect(await wrote()).toEqual(['one', '-shell', '-one'])
  })

  it('wait for the answer to a question before any of the next is begun', async () => {
    const asking = step('ask', {
      undo: () => [],
      script: () =>
        script([change`echo asked >>${diary}; exit ${PAUSE}`.pausingAt(PAUSE)], async ([{ exitCode }]) => {
          await pause(100)
          return { changed: exitCode === PAUSE, note: (await wrote()).join() }
        }),
    })
    const result = await run([step('one'), asking, step('three')])
    expect(result.steps.find(({ step: name }) => name === 'ask')).toMatchObject({
      status: 'changed',
      note: 'one,asked',
    })
    expect(await wrote()).toEqual(['one', 'asked', 'three'])
    expect(result.roundTrips).toBe(3)
  })

  it('do not let a failure keep those after the switch from running', async () => {
    const after = { phase: 'after' as const, undo: () => [] }
    const result = await run([
      step('switch', { phase: 'window' }),
      step('two', after),
      shell('exit 1', { ...after, name: 'reload' }),
      step('four', after),
    ])
    expect(result.outcome).toBe('deployed-with-warnings')
    expect(await wrote()).toEqual(['switch', 'two', 'four'])
    expect(statuses(result)).toEqual([
      ...['acquire-lock changed', 'switch changed', 'two changed', 'reload failed', 'four changed'],
      'release-lock changed',
    ])
  })

  it('are interrupted for hooks, and nothing else', async () => {
    const before: string[][] = []
    const hook = async () => {
      before.push(await wrote())
    }
    const steps = [step('fetch-source'), step('reload'), step('site-on')]
    const result = await run(steps, {}, { after: { 'fetch-source': hook }, before: { 'site-on': hook } })
    expect(before).toEqual([['fetch-source'], ['fetch-source', 'reload']])
    expect(result.roundTrips).toBe(4)
  })

  describe('that only ask', () => {
    /** This machine, as if it were far away. */
    const far = () => {
      const connection = new LocalConnection()
      return Host.over({
        name: 'far away',
        connects: 0,
        isRemote: true,
        spawn: line => connection.spawn(line),
        openShell: () => connection.openShell(),
        close: () => connection.close(),
      })
    }
    const answer = { changed: false, note: 'asked' }
    const ask = (name: string, text: string, more: Partial<Step> = {}): Step => ({
      name: name as Step['name'],
      title: name,
      phase: 'beside',
      script: () => script([askFor(text)], () => answer),
      ...more,
    })
    const askFor = (text: string) => asking`echo ${text} >>${diary}` // in truth it writes, so that we see when
    const steps = () => [step('fetch-source'), ask('check-disk', 'disk'), ask('check-branch', 'branch')]

    const runFar = async (list: readonly Step[], hooks: Hooks, host = far()) => {
      await using here = host
      return await run(list, { hosts: [here] }, hooks)
    }

    it('are sent with the round trip before, if the hooks between do nothing that takes time', async () => {
      const seen: string[] = []
      const say = (moment: string) => () => {
        seen.push(moment)
      }
      const result = await runFar(steps(), {
        after: { 'fetch-source': say('fetched'), 'check-disk': say('disk'), 'check-branch': say('branch') },
      })
      expect(result.outcome).toBe('deployed')
      expect(await wrote()).toEqual(['fetch-source', 'disk', 'branch'])
      expect(seen).toEqual(['fetched', 'disk', 'branch'])
      expect(statuses(result)).toEqual([
        ...['acquire-lock changed', 'fetch-source changed', 'check-disk unchanged', 'check-branch unchanged'],
        'release-lock changed',
      ])
      expect(result.roundTrips).toBe(3)
    })

    it('are asked again when a hook has used the host', async () => {
      const hook: Hook = ({ host }) => void host.run`echo hook >>${diary}`.catch(() => {})
      await runFar(steps(), { after: { 'fetch-source': hook } })
      expect((await wrote()).slice(-2)).toEqual(['disk', 'branch'])
      expect(await wrote()).toHaveLength(6)
    })

    it('are asked again when a hook has waited for something', async () => {
      const hook = () => pause(1)
      await runFar(steps(), { after: { 'fetch-source': hook } })
      expect(await wrote()).toEqual(['fetch-source', 'disk', 'branch', 'disk', 'branch'])
    })

    it('are asked again when a hook has kept this program waiting', async () => {
      const hook = () => {
        execFileSync('sleep', ['0.02'])
      }
      await runFar(steps(), { after: { 'fetch-source': hook } })
      expect(await wrote()).toEqual(['fetch-source', 'disk', 'branch', 'disk', 'branch'])
    })

    it('are not sent ahead of a hook that is bound to wait, or of a function in place of a step', async () => {
      await runFar(steps(), { after: { 'fetch-source': async () => {} } })
      expect(await wrote()).toEqual(['fetch-source', 'disk', 'branch'])
    })

    it('are not sent ahead of what they ask about', async () => {
      const list = [step('fetch-source'), step('reload'), ask('check-health', 'health', { phase: 'window' })]
      await runFar(list, { after: { 'fetch-source': () => {}, reload: () => {} } })
      expect(await wrote()).toEqual(['fetch-source', 'reload', 'health'])
    })

    it('are sent in their turn after all when they failed, or stopped for a question', async () => {
      const failing = ask('check-disk', 'disk', {
        script: () => script([asking`echo disk >>${diary}; [ "$(wc -l <${diary})" -gt 3 ]`], () => answer),
      })
      const list = [step('fetch-source'), failing, ask('check-branch', 'branch')]
      const result = await runFar(list, { after: { 'fetch-source': () => {} } })
      expect(result.outcome).toBe('deployed')
      expect(await wrote()).toEqual(['fetch-source', 'disk', 'branch', 'disk', 'branch'])
    })

    it('spare a change that is not needed, and only that', async () => {
      const mixed = (name: string, isNeeded: boolean) =>
        step(name, { look: () => script([asking`:`], () => (isNeeded ? undefined : answer)) })
      const list = [step('fetch-source'), mixed('check-disk', false), mixed('check-branch', true)]
      const result = await runFar(list, { after: { 'fetch-source': () => {} } })
      expect(await wrote()).toEqual(['fetch-source', 'check-branch'])
      expect(statuses(result)).toContain('check-disk unchanged')
    })

    it('are not sent ahead on this machine, where it would gain nothing', async () => {
      const hook = () => {
        execFileSync('sleep', ['0.02'])
      }
      await run(steps(), {}, { after: { 'fetch-source': hook } })
      expect(await wrote()).toEqual(['fetch-source', 'disk', 'branch'])
    })
  })
})
