import { describe, expect, it } from 'vitest'
import { change } from '../../../src/command/command.js'
import { script } from '../../../src/command/script.js'
import { compose, shortened } from '../../../src/deploy/batch.js'
import { NotYetKnown, StepContext } from '../../../src/deploy/context.js'
import { resolveOptions } from '../../../src/deploy/options.js'
import type { Step } from '../../../src/deploy/step.js'
import { FakeHost } from '../../../src/fake/fake-host.js'
import { git } from '../../../src/source/git.js'

const host = new FakeHost()
const options = resolveOptions({
  project: 'carers',
  environment: 'staging',
  hosts: [host],
  source: git('/srv/carers.git'),
})
const context = new StepContext(host, options, 'deploy', {})

const step = (name: string, more: Partial<Step> = {}): Step => ({
  name: name as Step['name'],
  title: name,
  phase: 'beside',
  script: () => script([change`echo ${name}`], () => ({ changed: true, note: name })),
  ...more,
})

const needing = (name: string, field: 'revision' | 'dump') =>
  step(name, {
    script: ({ known }) =>
      script([change`echo ${known[field] ?? 'none'}`], () => ({ changed: true, note: '' })),
  })

const names = (steps: readonly Step[], known = context) =>
  compose(known, steps, []).entries.map(({ step: { name } }) => name)

describe('a batch', () => {
  it('holds the commands of several steps, in order', () => {
    const two = step('two', {
      script: () => script([change`b`, change`c`], () => ({ changed: true, note: '' })),
    })
    const batch = compose(context, [step('one'), two, step('three')], [])
    expect(batch.commands.map(String)).toEqual(['echo one', 'b', 'c', 'echo three'])
    expect(batch.entries.map(({ start }) => start)).toEqual([0, 1, 3])
  })

  it('ends before the step that needs to know what one before it has still to learn', () => {
    const fetch = step('fetch', { learns: ['revision'] })
    expect(names([fetch, step('other'), needing('user', 'revision'), step('last')])).toEqual([
      'fetch',
      'other',
    ])
    expect(names([needing('user', 'revision'), step('last')])).toEqual(['user', 'last'])
  })

  it('ends before a step that cannot tell yet whether it is to be skipped, or how to be taken back', () => {
    const fetch = step('fetch', { learns: ['revision'] })
    const skipping = step('skipping', { skip: ({ known }) => known.revision })
    const undoable = step('undoable', { undo: ({ known }) => [change`rm ${known.revision ?? ''}`] })
    expect(names([fetch, skipping])).toEqual(['fetch'])
    expect(names([fetch, undoable])).toEqual(['fetch'])
  })

  it('goes on with what is certain beforehand, but not with what a skipped step would have told', () => {
    const dump = step('dump', { foresees: () => ({ dump: '/dump.gz' }) })
    const [, second] = compose(context, [dump, needing('user', 'dump')], []).commands
    expect(String(second)).toBe('echo /dump.gz')
    const [only] = compose(
      context,
      [{ ...dump, skip: () => 'not now' }, needing('user', 'dump')],
      [],
    ).commands
    expect(String(only)).toBe('echo none')
  })

  it('lists what is skipped, with the reason', () => {
    const batch = compose(context, [step('one', { skip: () => 'not now' }), step('two')], [])
    expect(batch.entries.map(({ skipped }) => skipped)).toEqual(['not now', undefined])
    expect(batch.commands).toHaveLength(1)
  })

  it('ends before a step that sends nothing, since that is decided here; such a step stands alone', () => {
    const local = step('local', { script: () => script([], () => ({ changed: false, note: '' })) })
    expect(names([step('one'), local, step('two')])).toEqual(['one'])
    expect(names([local, step('two')])).toEqual(['local'])
  })

  it('ends before a step that cannot be put into words, and throws why when that is the first', () => {
    const impossible = step('impossible', {
      script: () => {
        throw new RangeError('no')
      },
    })
    expect(names([step('one'), impossible])).toEqual(['one'])
    expect(() => names([impossible, step('one')])).toThrow(RangeError)
  })

  it('tells the host before each step how to go back, last things first, until the release is live; then what not to leave undone', () => {
    const before = step('earlier', { undo: () => [change`undo-earlier`] })
    const steps = [
      step('one', { undo: () => [change`undo-one`] }),
      step('two'),
      step('three', { undo: () => [change`undo-three`], phase: 'window' }),
      step('four', { phase: 'after', finish: () => [change`finish-four`] }),
      step('five', { phase: 'after', finish: () => [change`finish-five`] }),
      step('six', { phase: 'after', finish: () => [change`nothing`], skip: () => 'there are none' }),
      step('seven', { phase: 'after' }),
    ]
    const { guards } = compose(context, steps, [before])
    const texts = [0, 1, 2, 3, 4, 5].map(at => guards.get(at)?.map(command => String(command).trim()))
    expect(texts[0]?.slice(0, 2)).toEqual(['undo-one', 'undo-earlier'])
    expect(texts[0]?.at(-2)).toContain('"status":"aborted"')
    expect(texts[0]?.at(-1)).toContain('.dye/lock.json')
    expect(texts[1]).toEqual(texts[0])
    expect(texts[2]?.slice(0, 3)).toEqual(['undo-three', 'undo-one', 'undo-earlier'])
    const signOff = texts[0]?.at(-1)
    expect(texts.slice(3)).toEqual([
      ['finish-four', 'finish-five', signOff],
      ['finish-five', signOff],
      [signOff],
    ])
  })

  it('takes back a rollback without giving up the release that it went to, which was good', () => {
    const rollback = new StepContext(host, options, 'rollback', {})
    const { guards } = compose(rollback, [step('one', { undo: () => [change`undo-one`] })], [])
    expect(guards.get(0)?.map(String).join()).not.toContain('aborted')
  })

  it('leaves the guard alone while nothing would have to be taken back', () => {
    expect(compose(context, [step('one'), step('two')], []).guards.size).toBe(0)
  })

  it('can be cut to its first steps', () => {
    const batch = compose(context, [step('one', { undo: () => [] }), step('two'), step('three')], [])
    const short = shortened(batch, 2)
    expect(short.commands.map(String)).toEqual(['echo one', 'echo two'])
    expect([...short.guards.keys()]).toEqual([0, 1])
    expect(shortened(batch, 3)).toEqual(batch)
  })
})

describe('a context', () => {
  it('refuses to tell what is awaited, until it is known', () => {
    const awaiting = context.knowing({ revision: 'old', dump: '/d' }).awaiting(['revision'])
    expect(() => awaiting.known.revision).toThrow(NotYetKnown)
    expect(awaiting.known.dump).toBe('/d')
    expect(awaiting.knowing({ dump: '/e' }).known.dump).toBe('/e')
    expect(() => awaiting.knowing({ dump: '/e' }).known.revision).toThrow(NotYetKnown)
    expect(awaiting.knowing({ revision: 'new' }).known.revision).toBe('new')
  })
})
