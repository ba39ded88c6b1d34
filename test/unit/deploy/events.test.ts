import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Deployment } from '../../../src/deploy/deployment.js'
import type { DeployEvent } from '../../../src/deploy/events.js'
import { answer, watched } from '../../../src/deploy/questions.js'
import { RunningDeploy } from '../../../src/deploy/running-deploy.js'
import { git } from '../../../src/source/git.js'
import { recordedRun } from '../../support/recorded-run.js'
import { localPlace } from '../../support/temporary.js'

describe('events', () => {
  const place = localPlace()
  const record = (more: Parameters<typeof recordedRun>[1] = {}) => recordedRun(place.directory, more)
  const of = <Type extends DeployEvent['type']>(events: readonly DeployEvent[], type: Type) =>
    events.filter((event): event is Extract<DeployEvent, { type: Type }> => event.type === type)

  it('are told in order, with their time; the steps are known from the start', async () => {
    const { events, result } = await record()
    const times = events.map(({ at }) => at.getTime())
    expect(times).toEqual([...times].sort((one, other) => one - other))
    expect(of(events, 'started')[0]?.steps.slice(0, 3)).toEqual([
      ...['acquire-lock', 'fetch-source', 'build-virtualenv'],
    ])
    expect(events.at(-1)).toMatchObject({ type: 'ended', result })
  })

  it('tell of each command, between beginning and end of its step', async () => {
    const { events } = await record({ fails: true })
    const told = events.flatMap(event => {
      if (event.type === 'step-started' || event.type === 'command-started') return [event.type, event.step]
      if (event.type === 'command-ended') return [event.type, String(event.exitCode)]
      return event.type === 'step-ended' ? [event.type, event.record.status] : []
    })
    const from = told.lastIndexOf('migrate-database', told.indexOf('failed')) - 3
    expect(told.slice(from, from + 8)).toEqual([
      ...['step-started', 'migrate-database', 'command-started', 'migrate-database'],
      ...['command-ended', '3', 'step-ended', 'failed'],
    ])
    const begun = of(events, 'command-started').map(({ command }) => command)
    expect(of(events, 'command-ended').map(({ command }) => command)).toEqual(begun)
  })

  it('tell what is taken back, and how long that took', async () => {
    const { events, result } = await record({ fails: true })
    expect(of(events, 'undo-started').map(({ step }) => step)).toEqual([
      ...['migrate-database', 'site-off', 'build-virtualenv'],
    ])
    const undone = result.steps.filter(({ status }) => status === 'undone')
    expect(undone.map(({ step }) => step)).toEqual(of(events, 'undo-started').map(({ step }) => step))
    expect(of(events, 'command-ended').filter(({ command }) => command === 'echo taken back')).toHaveLength(2)
  })

  it('tell of hooks on each host, and what they threw', async () => {
    const { events } = await record({ hosts: ['web1', 'web2'] })
    expect(of(events, 'hook-started').map(({ host }) => host)).toEqual(['web1', 'web2'])
    const [ended] = of(events, 'hook-ended')
    expect(ended).toMatchObject({ host: 'web1', moment: 'after build-virtualenv', error: undefined })
    expect(ended?.durationMs).toBeGreaterThanOrEqual(49)
  })

  it('cost no round trip, whoever listens', async () => {
    const slow = () => {
      for (const until = performance.now() + 8; performance.now() < until; );
    }
    const { result: quiet } = await record()
    const { result } = await record({ more: { onEvent: [slow, slow] } })
    expect(result.roundTrips).toBe(quiet.roundTrips)
  })

  it('have characters that came in two pieces in one', async () => {
    const { HostTeller } = await import('../../../src/deploy/host-teller.js')
    const told: unknown[] = []
    const teller = new HostTeller('web1', happening => told.push(happening))
    const step = { name: 'reload', title: 'reload' } as Parameters<typeof teller.started>[0]
    teller.started(step)
    const bytes = Buffer.from('é✔')
    for (const byte of bytes) teller.output(step, 'stdout', Buffer.from([byte]))
    expect(told.slice(1)).toMatchObject([{ text: 'é' }, { text: '✔' }])
  })

  it('tell of questions and their answers, those of the options and those of functions', async () => {
    const told: unknown[] = []
    const facts = { host: 'web1', chosen: 'main', deployed: 'stable', local: 'topic' }
    const questions = watched(
      { branchMismatch: ({ deployed }) => ({ branch: `${deployed}` }), liveChanges: 'continue' },
      happening => told.push(happening),
    )
    expect(await answer(questions, 'branchMismatch', facts)).toEqual({ branch: 'stable' })
    expect(await answer(questions, 'liveChanges', { host: 'web2', changes: ['a'] })).toBe('continue')
    const left = { host: 'web1', release: 'r', at: undefined, by: undefined }
    expect(await answer(questions, 'leftOver', left)).toBe('continue')
    const room = { usedPercent: 99, usedInodesPercent: 1, limitPercent: 85, freeBytes: 1, neededBytes: 2 }
    await expect(answer(questions, 'diskAlmostFull', { host: 'web1', ...room })).rejects.toMatchObject({
      question: 'diskAlmostFull',
    })
    expect(told).toMatchObject([
      { type: 'question', host: 'web1', question: 'branchMismatch', facts },
      { type: 'answered', question: 'branchMismatch', answer: 'stable' },
      { type: 'question', host: 'web2', message: '1 files of the live release were changed by hand' },
      { type: 'answered', answer: 'continue' },
      { type: 'question', question: 'leftOver' },
      { type: 'answered', answer: 'continue' },
      { type: 'question', question: 'diskAlmostFull' },
      { type: 'answered', answer: 'abort' },
    ])
  })
})

describe('listeners', () => {
  const place = localPlace()

  it('that throw or reject fail nothing: it is a warning, which the others get once', async () => {
    const heard: string[] = []
    const { result } = await recordedRun(place.directory, {
      more: {
        onEvent: [
          ({ type }) => {
            throw new Error(`not ${type === 'started' ? 'now' : 'ever'}`)
          },
          async () => {
            await pause(1)
            throw new Error('late')
          },
          event => (event.type === 'warning' ? heard.push(event.message) : undefined),
        ],
      },
    })
    expect(result.outcome).toBe('deployed')
    const failed = ['onEvent failed: not now', 'onEvent failed: not ever', 'onEvent failed: late']
    expect(result.warnings).toEqual(expect.arrayContaining(failed))
    expect(heard.sort()).toEqual(['mind <this>', failed[0], failed[2]].sort())
  })

  it('are waited for at the end, and may still fail then', async () => {
    let done = false
    const { result } = await recordedRun(place.directory, {
      more: {
        onEvent: async ({ type }) => {
          if (type !== 'ended') return
          await pause(50)
          done = true
          throw new Error('the disk is full')
        },
      },
    })
    expect(done).toBe(true)
    expect(result.warnings).toContain('onEvent failed: the disk is full')
  })
})

describe('a running deploy', () => {
  const event = (type: 'going-back') => ({ type, at: new Date(), error: new Error('x') }) as const
  const result = { outcome: 'deployed' } as Awaited<RunningDeploy['result']>

  it('tells all its events to whoever asks at once, and ends with them', async () => {
    const running = new RunningDeploy(async tell => {
      tell(event('going-back'))
      await pause(5)
      tell(event('going-back'))
      return result
    })
    const count = async () => {
      let events = 0
      for await (const _ of running.events) events += 1
      return events
    }
    expect(await Promise.all([count(), count()])).toEqual([2, 2])
    expect(await running.result).toBe(result)
    expect(await count()).toBe(0)
  })

  it('goes on when a reader leaves early, or there is none', async () => {
    const running = new RunningDeploy(async tell => {
      for (let times = 0; times < 3; times += 1) {
        tell(event('going-back'))
        await pause(2)
      }
      return result
    })
    for await (const _ of running.events) break
    expect(await running.result).toBe(result)
  })

  it('is started by a deployment, besides whose listeners it is told of', async () => {
    const types: string[] = []
    const { events, result: ended } = new Deployment({
      project: 'carers',
      environment: 'staging',
      hosts: [(await import('../../../src/host/host.js')).Host.local()],
      source: git('/nowhere'),
      signal: AbortSignal.abort(),
      onEvent: ({ type }) => types.push(type),
    }).start()
    const read: string[] = []
    for await (const { type } of events) read.push(type)
    expect((await ended).outcome).toBe('cancelled')
    expect(read).toEqual(types)
    expect(read.at(0)).toBe('started')
    expect(read.at(-1)).toBe('ended')
  })
})
