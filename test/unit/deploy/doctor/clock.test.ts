import { expect, it } from 'vitest'
import { skew } from '../../../../src/deploy/doctor/clock.js'

const NOON = Date.UTC(2026, 0, 1, 12)

/** A round trip of four seconds, half of them on the way and half at work, to a server whose clock is ahead by so much. */
const moments = (aheadMs: number) => ({
  sent: NOON,
  first: NOON + 1000 + aheadMs,
  last: NOON + 3000 + aheadMs,
  received: NOON + 4000,
})

it.each([0, 4000, -4000, Number.NaN])('is nothing to speak of: %d', ahead => {
  expect(skew(moments(ahead))).toEqual([])
})

it.each([
  [10_000, 'its clock is 9 s ahead of the one here'],
  [-3_600_000, 'its clock is 3599 s behind the one here'],
])('is told, by how much it is for certain: %d', (ahead, message) => {
  expect(skew(moments(ahead))).toMatchObject([{ code: 'CLOCK_SKEWED', severity: 'warning', message }])
})
