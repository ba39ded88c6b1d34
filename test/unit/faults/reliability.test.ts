import { describe, expect, it } from 'vitest'
import { type Line, linesOf, merged, pageOf } from '../../faults/reliability.js'

const line = (suite: string, name: string, held = 24): Line => ({
  ...{ suite, name, expected: 'it is taken back; cancelled', seconds: 0.5, held, all: 24 },
})

describe('the page of what held', () => {
  const lines = [
    line('SIGTERM, of a site', 'deploy: before reload'),
    line('kill -9', 'deploy: before reload', 23),
  ]

  it('ends with the count', () => {
    expect(pageOf(lines).trim().split('\n').at(-1)).toBe(
      '**47 of 48 invariants held, in 2 cases; all was well after 0.5 s (median), 0.5 s at most.**',
    )
  })

  it('counts each fault, too', () => {
    expect(pageOf(lines)).toContain('| kill -9 | 1 | 0.5 s | 0.5 s | 23 of 24 |')
  })

  it('keeps what was tried before, but for what was tried again', () => {
    const again = line('kill -9', 'deploy: before reload')
    expect(merged(linesOf(pageOf(lines)), [again])).toEqual([lines[0], again])
  })
})
