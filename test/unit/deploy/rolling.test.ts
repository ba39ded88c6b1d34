import { beforeEach, describe, expect, it } from 'vitest'
import { change } from '../../../src/command/command.js'
import { script } from '../../../src/command/script.js'
import type { Hooks } from '../../../src/deploy/hooks.js'
import { groupsOf } from '../../../src/deploy/host-group.js'
import { type DeployOptions, resolveOptions } from '../../../src/deploy/options.js'
import { Run } from '../../../src/deploy/runner.js'
import type { Step } from '../../../src/deploy/step.js'
import { joinBalancer } from '../../../src/deploy/steps/join-balancer.js'
import { leaveBalancer } from '../../../src/deploy/steps/leave-balancer.js'
import { OptionError } from '../../../src/errors/option-error.js'
import type { Host } from '../../../src/host/host.js'
import { Journal } from '../../../src/release/journal.js'
import { git } from '../../../src/source/git.js'
import { FakeHost, type FakeProgram } from '../../../src/testing.js'
import type { Balancer } from '../../../src/web-server/balancer.js'
import { WebServer } from '../../../src/web-server/web-server.js'

describe('groups', () => {
  it.each<[number, string[][]]>([
    [1, [['a'], ['b'], ['c']]],
    [2, [['a', 'b'], ['c']]],
    [3, [['a', 'b', 'c']]],
    [9, [['a', 'b', 'c']]],
  ])('of %i', (size, groups) => {
    expect(groupsOf(['a', 'b', 'c'], size)).toEqual(groups)
    expect(groupsOf([], size)).toEqual([])
  })
})

describe('hosts that are switched one after the other', () => {
  let diary: string[] = []

  /** A server that has a program which writes into the diary. */
  const hostNamed = (name: string) => {
    const note: FakeProgram = ({ args }) => {
      diary.push(args.join(' '))
      return ''
    }
    return FakeHost.server({ name, programs: { note } })
  }

  /** A step that writes its name and the host's, and with a minus when it is taken back. */
  const step = (name: string, more: Partial<Step> = {}): Step => ({
    name: name as Step['name'],
    title: `do ${name}`,
    phase: 'beside',
    script: ({ host }) => script([change`note ${name} ${host.name}`], () => ({ changed: true, note: name })),
    undo: ({ host }) => [change`note ${`-${name}`} ${host.name}`],
    ...more,
  })
  const window = { phase: 'window', rolling: true } as const
  const steps = (failing = '') => [
    step('fetch-source'),
    leaveBalancer,
    step('switch-release', window),
    step('check-health', {
      ...window,
      undo: () => [],
      script: ({ host }) =>
        script([change`note check-health ${host.name}; [ ${host.name} != ${failing} ]`], () => ({
          changed: false,
          note: '',
        })),
    }),
    joinBalancer,
    step('link-cron', { phase: 'after', undo: () => [] }),
  ]

  /** A balancer that writes down what it is told. */
  const balancer = (): Balancer => {
    const write = (what: string) => async (host: string) => {
      diary.push(`${what} ${host}`)
      return { changed: true, note: what }
    }
    const close = async () => ({ roundTrips: 0, connections: 0 })
    const moves = { check: write('check'), leave: write('leave'), join: write('join') }
    return { title: 'a balancer', open: () => ({ ...moves, close }) }
  }

  const run = async (list: readonly Step[], more: Partial<DeployOptions>, hooks: Hooks = {}) => {
    const hosts = ['a', 'b', 'c'].map(hostNamed)
    const options = resolveOptions({
      project: 'carers',
      environment: 'staging',
      hosts,
      source: git('/nowhere'),
      ...more,
    })
    return new Run({ action: 'deploy', options, steps: list, hooks, replacements: new Map() }).run()
  }

  beforeEach(() => {
    diary = []
  })

  const beside = ['fetch-source a', 'fetch-source b', 'fetch-source c']
  const after = ['link-cron a', 'link-cron b', 'link-cron c']
  const switched = (host: string) => [`switch-release ${host}`, `check-health ${host}`]

  it('are all prepared first, then switched, each until it is well, then cleaned up', async () => {
    const result = await run(steps(), { atATime: 1 })
    expect(result.outcome).toBe('deployed')
    const said = diary
    expect(said.slice(0, 3).sort()).toEqual(beside)
    expect(said.slice(3, -3)).toEqual(['a', 'b', 'c'].flatMap(switched))
    expect(said.slice(-3).sort()).toEqual(after)
  })

  it('are switched two at a time, and all at once by default', async () => {
    await run(steps(), { atATime: 2 })
    const two = diary.slice(3, -3)
    expect(two.slice(0, 4).sort()).toEqual([...switched('a'), ...switched('b')].sort())
    expect(two.slice(4)).toEqual(switched('c'))
    await run(steps(), {})
    const all = diary.slice(12 + 3, -3)
    expect(all.slice(0, 3).sort()).toEqual(['switch-release a', 'switch-release b', 'switch-release c'])
  })

  it('are out of the balancer meanwhile, which makes it one at a time', async () => {
    await run(steps(), { balancer: balancer() })
    const expected = ['a', 'b', 'c'].flatMap(host => [`leave ${host}`, ...switched(host), `join ${host}`])
    expect(diary.slice(3, -3)).toEqual(expected)
  })

  it('go back together when the site is off, but for the one with the database, which goes first', async () => {
    const slow = step('migrate-database', {
      phase: 'window',
      once: true,
      undo: ({ host }) => [change`sleep 0.2; note -migrate-database ${host.name}`],
    })
    const off = step('site-off', {
      phase: 'window',
      skip: ({ needsWindow }) => (needsWindow ? undefined : 'it stays on'),
    })
    const home = { journal: Journal.parse(''), live: 'before', leftOver: undefined }
    const fetch = step('fetch-source', {
      script: () => script([change`:`], () => ({ changed: true, note: '', learned: { home } })),
    })
    await run([fetch, off, slow, ...steps('b').slice(2)], {
      downtime: 'always',
      webServer: WebServer.apache('site.conf'),
    })
    const back = diary.filter(each => each.startsWith('-'))
    const primary = ['-switch-release a', '-migrate-database a', '-site-off a', '-fetch-source a']
    expect(back.slice(0, 4)).toEqual(primary)
    expect(
      back
        .slice(4)
        .filter(each => each.startsWith('-site-off'))
        .sort(),
    ).toEqual(['-site-off b', '-site-off c'])
  })

  it('go back one after the other, the last first, out of the balancer, when one of them is not well', async () => {
    const result = await run(steps('b'), { balancer: balancer() })
    expect(result.outcome).toBe('rolled-back')
    expect(diary.slice(3)).toEqual([
      ...['leave a', ...switched('a'), 'join a'],
      ...['leave b', ...switched('b')],
      ...['-switch-release b', 'join b', '-fetch-source b'],
      ...['leave a', '-switch-release a', 'join a', '-fetch-source a'],
      '-fetch-source c',
    ])
    expect(result.hosts.map(({ outcome }) => outcome)).toEqual([
      'rolled-back',
      'rolled-back',
      'failed-before-switch',
    ])
  })

  it('tell it when one cannot be put back', async () => {
    const whole = balancer()
    const broken: Balancer = {
      ...whole,
      open: () => ({ ...whole.open(), join: () => Promise.reject(new Error('the balancer is gone')) }),
    }
    const result = await run(steps('a'), { balancer: broken })
    expect(result.outcome).toBe('rollback-failed')
    expect(result.warnings).toContain('the balancer is gone')
    expect(diary.slice(3, 7)).toEqual(['leave a', ...switched('a'), '-switch-release a'])
  })

  it('have their hooks in their turn only', async () => {
    const moments: string[] = []
    const say =
      (moment: string) =>
      ({ host }: { host: Host }) => {
        moments.push(`${moment} ${host.name}`)
      }
    await run(
      steps(),
      { atATime: 1 },
      {
        before: { 'switch-release': say('before') },
        after: { 'check-health': say('after') },
        postDeploy: say('live'),
      },
    )
    const turns = ['a', 'b', 'c'].flatMap(host => [`before ${host}`, `after ${host}`])
    expect(moments).toEqual([...turns, 'live a', 'live b', 'live c'])
  })

  it('are switched together, and stay in the balancer, while the site is off', async () => {
    const off = step('site-off', {
      phase: 'window',
      undo: () => [],
      script: () =>
        script([], () => ({
          changed: true,
          note: '',
          learned: {
            pendingMigrations: ['0002'],
            home: { live: 'old', journal: { entries: [], previous: [], find: () => undefined } } as never,
          },
        })),
    })
    const [fetch, ...others] = steps()
    const result = await run([...(fetch ? [fetch] : []), off, ...others], { balancer: balancer() })
    expect(result.error).toBeUndefined()
    const said = diary.slice(3, -3)
    expect(said.slice(0, 3).sort()).toEqual(['switch-release a', 'switch-release b', 'switch-release c'])
    expect(said).toHaveLength(6)
    const left = result.steps.filter(record => record.step === 'leave-balancer')
    expect(left.map(({ status, note }) => `${status}: ${note}`)).toEqual(
      [1, 2, 3].map(() => 'skipped: the site is off, on all hosts'),
    )
  })

  it.each([0, -1, 1.5])('are not %d at a time', async atATime => {
    await expect(run(steps(), { atATime })).rejects.toThrow(OptionError)
  })
})
