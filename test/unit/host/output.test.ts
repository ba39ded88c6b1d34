import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Output } from '../../../src/host/output.js'

describe('output', () => {
  it('is kept whole up to the limit', () => {
    const output = new Output(10)
    for (const chunk of ['abc', 'de', 'fghij']) output.append(Buffer.from(chunk))
    expect(output.bytes().toString()).toBe('abcdefghij')
  })

  it('keeps the right bytes, however they arrive', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 20 })
    fc.assert(
      fc.property(pieces, fc.integer({ min: 2, max: 60 }), (chunks, limit) => {
        const output = new Output(limit)
        for (const chunk of chunks) output.append(Buffer.from(chunk))
        const all = Buffer.concat(chunks)
        const half = Math.floor(limit / 2)
        const dropped = all.length - 2 * half
        const note = Buffer.from(`\n… ${dropped} bytes left out …\n`)
        const expected = dropped > 0 ? [all.subarray(0, half), note, all.subarray(all.length - half)] : [all]
        expect(output.bytes()).toEqual(Buffer.concat(expected))
      }),
      { numRuns: 500 },
    )
  })

  it('keeps head and tail beyond it, says what it left out, and stays small', () => {
    const output = new Output(1000)
    for (let line = 0; line < 100_000; line += 1) output.append(Buffer.from(`line ${line}\n`))
    const text = output.bytes().toString()
    expect(text.length).toBeLessThan(1200)
    expect(text.startsWith('line 0\n')).toBe(true)
    expect(text.endsWith('line 99999\n')).toBe(true)
    const left = Number(/… (\d+) bytes left out …/.exec(text)?.[1])
    expect(left).toBeGreaterThan(1_000_000)
  })
})
