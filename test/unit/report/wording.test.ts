import { describe, expect, it } from 'vitest'
import {
  commitLines,
  counted,
  duration,
  fitted,
  harmless,
  size,
  wrapped,
} from '../../../src/report/wording.js'

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [3_449, '3.4 s'],
    [59_949, '59.9 s'],
    [59_951, '1 min 0 s'],
    [60_000, '1 min 0 s'],
    [119_400, '1 min 59 s'],
    [119_600, '2 min 0 s'],
    [125_000, '2 min 5 s'],
  ])('of %i ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})

describe('a text in lines', () => {
  it.each<[string, number | undefined, readonly string[]]>([
    ['one two three four', 9, ['one two', '  three', '  four']],
    ['one two', 7, ['one two']],
    ['one\ntwo', undefined, ['one', 'two']],
    ['a-word-that-is-too-long for it', 10, ['a-word-t', '  hat-is-t', '  oo-long', '  for it']],
  ])('%j fits %s columns', (text, width, lines) => {
    expect(wrapped(text, width)).toEqual(lines)
  })
})

it('says how many there are', () => {
  expect([0, 1, 2].map(count => counted(count, 'commit'))).toEqual(['0 commits', '1 commit', '2 commits'])
})

describe('a number of bytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536 * 1024, '1.5 MiB'],
    [5 * 1024 ** 4, '5120.0 GiB'],
  ])('%i is %s', (bytes, text) => {
    expect(size(bytes)).toBe(text)
  })
})

describe('a text for a terminal', () => {
  it.each([
    ['a\x1b[31mb\x1b[0m', 'ab'],
    ['10 %\r20 %\r30 %', '30 %'],
    ['line\r\nnext\r\n', 'line\nnext\n'],
    ['a\tb\x07\x9b2J', 'a  b'],
    ['naïve — ✔', 'naïve — ✔'],
  ])('%j is %j', (text, seen) => {
    expect(harmless(text)).toBe(seen)
  })

  it.each([
    ['abc', undefined, 'abc'],
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['✔✔✔', 2, '✔…'],
    ['abc', 0, ''],
  ])('%j fits into %j columns as %j', (text, width, seen) => {
    expect(fitted(text, width)).toBe(seen)
  })
})

it('lists ten commits, and says how many there are besides', () => {
  const commit = {
    revision: 'a'.repeat(40),
    author: 'Ann',
    date: '2026-11-26T12:00:00Z',
    subject: 'x\x1b[2J',
  }
  const lines = commitLines(Array.from({ length: 12 }, () => commit))
  expect(lines).toHaveLength(11)
  expect([lines[0], lines.at(-1)]).toEqual(['aaaaaaaaaa x (Ann)', '… and 2 more'])
})
