import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MarkerSplitter } from '../../../src/host/marker-splitter.js'

const TOKEN = 'abcdef0123456789'

/** What a splitter makes of chunks. */
function split(chunks: readonly Buffer[]): { output: Buffer; markers: string[] } {
  const output: Buffer[] = []
  const markers: string[] = []
  const splitter = new MarkerSplitter(TOKEN, {
    data: chunk => output.push(Buffer.from(chunk)),
    marker: (label, value) => markers.push(`${label} ${value} after ${Buffer.concat(output).length}`),
  })
  for (const chunk of chunks) splitter.push(chunk)
  return { output: Buffer.concat(output), markers }
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map(place => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...ends].map((start, index) => bytes.subarray(start, ends[index] ?? bytes.length))
}

const STREAM = Buffer.concat([
  Buffer.from(`first\n\x1e${TOKEN} 0 0\n`),
  Buffer.from([0xff, 0x1e, 0x00, 0x1e]),
  Buffer.from(`\x1ewrong-token 1 0\n\x1e${TOKEN} 1 143\n\x1e${TOKEN} 2 0\nrest\x1eabcdef`),
])

describe('a stream with markers', () => {
  it('gives output and markers in order; what only looks like a marker is output', () => {
    const { output, markers } = split([STREAM])
    expect(markers).toEqual(['0 0 after 6', '1 143 after 27', '2 0 after 27'])
    expect(output.toString('latin1')).toBe('first\n\xff\x1e\x00\x1e\x1ewrong-token 1 0\nrest')
  })

  it('gives the same however it is cut', () => {
    const whole = split([STREAM])
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), places => {
        expect(split(cut(STREAM, places))).toEqual(whole)
      }),
    )
  })
})
