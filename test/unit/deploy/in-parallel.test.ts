import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { inParallel } from '../../../src/deploy/in-parallel.js'

describe('what is done for several', () => {
  it.each([1, 3, 10])('is done for no more than %i at a time, and told in order', async limit => {
    let now = 0
    let most = 0
    const act = async (item: number) => {
      now += 1
      most = Math.max(most, now)
      await pause(10 - item)
      now -= 1
      return item * 2
    }
    const items = [0, 1, 2, 3, 4, 5]
    expect(await inParallel(items, limit, act, () => false)).toEqual([0, 2, 4, 6, 8, 10])
    expect(most).toBe(Math.min(limit, items.length))
  })

  it('ends with the first failure if it is done for one after the other, else with the last', async () => {
    const begun: number[] = []
    const act = async (item: number) => begun.push(item)
    const failsAtTwo = () => begun.length >= 2
    expect(await inParallel([1, 2, 3], 1, act, failsAtTwo)).toHaveLength(2)
    expect(begun).toEqual([1, 2])
    expect(await inParallel([1, 2, 3], 2, act, failsAtTwo)).toHaveLength(3)
  })
})
