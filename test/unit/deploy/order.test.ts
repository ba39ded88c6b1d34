import { describe, expect, it } from 'vitest'
import { order } from '../../../src/deploy/order.js'

const names = order.map(({ name }) => name)

describe('the order of a deploy', () => {
  it('names each step once', () => {
    expect(new Set(names).size).toBe(names.length)
  })

  it.each([
    ['acquire-lock', 'check-disk'],
    ['test-configuration', 'start-processes'],
    ['start-processes', 'site-off'],
    ['site-off', 'dump-database'],
    ['dump-database', 'migrate-database'],
    ['migrate-database', 'switch-release'],
    ['check-balancer', 'prepare-release'],
    ['leave-balancer', 'switch-release'],
    ['check-health', 'join-balancer'],
    ['check-health', 'site-on'],
    ['check-health', 'retire-processes'],
    ['site-on', 'prune-releases'],
  ] as const)('has %s before %s', (earlier, later) => {
    expect(names.indexOf(earlier)).toBeLessThan(names.indexOf(later))
  })

  it('never goes back to an earlier phase, but for the dump, which is taken in the window if there is one', () => {
    const rank = { beside: 0, window: 1, after: 2 }
    const ranks = order.filter(({ name }) => name !== 'dump-database').map(({ phase }) => rank[phase])
    expect(ranks).toEqual([...ranks].sort())
  })

  it('knows how to take back whatever visitors would notice', () => {
    const undoable = order.filter(({ undo, takeBack }) => undo || takeBack).map(({ name }) => name)
    expect(undoable).toEqual([
      'prepare-release',
      'start-processes',
      'site-off',
      'migrate-database',
      'leave-balancer',
      'switch-release',
      'join-balancer',
    ])
  })

  it('has the steps together that are done to some hosts before others', () => {
    const rolling = order.filter(step => step.rolling).map(({ name }) => name)
    expect(rolling).toEqual(['leave-balancer', 'switch-release', 'reload', 'check-health', 'join-balancer'])
    const at = names.indexOf('leave-balancer')
    expect(names.slice(at, at + rolling.length)).toEqual(rolling)
  })
})
