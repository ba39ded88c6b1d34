import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CleanStream, Scrubber } from '../../../src/command/scrubber.js'
import { Secret } from '../../../src/command/secret.js'

function knowing(...values: readonly string[]): Scrubber {
  const scrubber = new Scrubber()
  scrubber.learn(values.map(Secret.of))
  return scrubber
}

const clean = (scrubber: Scrubber, text: string) => scrubber.clean(Buffer.from(text)).toString()

/** What is left of pieces that arrive one after the other. */
function streamed(scrubber: Scrubber, pieces: readonly Buffer[]): Buffer {
  const stream = new CleanStream(scrubber)
  return Buffer.concat([...pieces.map(piece => stream.push(piece)), stream.flush()])
}

describe('a secret in what a program prints', () => {
  it.each([
    ['as it is', 'se"cr\'et 1', 'se"cr\'et 1'],
    ['in base64', 'hunter2!', Buffer.from('hunter2!').toString('base64').replace(/=+$/, '')],
    ['quoted for a shell', "it's", `'it'\\''s'`],
    ['in JSON', 'a"b\\c', 'a\\"b\\\\c'],
    ['in a URL', 'p@ss/word', 'p%40ss%2Fword'],
  ])('is masked %s', (_, value, printed) => {
    expect(clean(knowing(value), `<${printed}>`)).toBe('<[secret]>')
  })

  it('is masked each time, and so is each of several; the longer one first', () => {
    expect(clean(knowing('pass', 'password'), 'password pass password')).toBe('[secret] [secret] [secret]')
  })

  it('is left when it is shorter than four bytes: it would be found everywhere', () => {
    expect(clean(knowing('abc', ''), 'abcabc')).toBe('abcabc')
    expect(clean(knowing('ää'), 'ää')).toBe('[secret]')
  })

  it('leaves all other bytes as they are', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe, 0x0a])
    expect(knowing('hunter2').clean(bytes)).toEqual(bytes)
  })

  it('is masked however the output is cut into pieces, and not a byte is lost', () => {
    const text = fc.array(fc.constantFrom('hunter2', 'hunt', 'er2', 'hh', ' ', 'ünter', '\n'), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(text, fc.array(fc.nat(80), { maxLength: 8 }), (words, cuts) => {
        const bytes = Buffer.from(words.join(''))
        const ends = [...cuts.filter(cut => cut < bytes.length).toSorted((a, b) => a - b), bytes.length]
        const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
        const scrubber = knowing('hunter2')
        expect(streamed(scrubber, pieces).toString()).toBe(bytes.toString().replaceAll('hunter2', '[secret]'))
      }),
      { numRuns: 500 },
    )
  })

  it('is held back no longer than it might be one', () => {
    const stream = new CleanStream(knowing('hunter2'))
    expect(stream.push(Buffer.from('a hun')).toString()).toBe('a ')
    expect(stream.push(Buffer.from('d')).toString()).toBe('hund')
    expect(stream.push(Buffer.from('hunt')).toString()).toBe('')
    expect(stream.flush().toString()).toBe('hunt')
    expect(stream.flush().toString()).toBe('')
  })

  it('costs nothing where there is none', () => {
    const chunk = Buffer.from('hello')
    expect(new CleanStream(new Scrubber()).push(chunk)).toBe(chunk)
    expect(new CleanStream(undefined).push(chunk)).toBe(chunk)
  })
})
