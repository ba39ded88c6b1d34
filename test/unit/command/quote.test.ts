import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quote } from '../../../src/command/quote.js'
import { OptionError } from '../../../src/errors/option-error.js'

/** Any text that a process can get as an argument: no NUL, no half of a surrogate pair. */
const word = fc.string({ unit: 'binary', maxLength: 40 }).filter(text => !text.includes('\0'))

/** What a shell makes of words: it prints each one, ended by NUL. */
function seenBy(shell: string, words: readonly string[]): string[] {
  const script = words.map(each => `printf '%s\\0' ${quote(each)}`).join('\n')
  const seen = execFileSync(shell, ['-s'], { input: script, env: { LC_ALL: 'C', PATH: process.env.PATH } })
  return seen.toString('utf8').split('\0').slice(0, -1)
}

describe.each(['/bin/dash', '/bin/bash'])('a quoted word in %s', shell => {
  it('is that word, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 100 }), words => {
        expect(seenBy(shell, words)).toEqual(words)
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    '',
    '-rf',
    '~',
    '$HOME',
    '`id`',
    'a\nb',
    "it's",
    '"',
    '\\',
    '*',
    '{a,b}',
    '!!',
    'a=b',
    '#',
    '\u2028',
  ])('is that word: %j', text => {
    expect(seenBy(shell, [text])).toEqual([text])
  })
})

describe('quote', () => {
  it('leaves plain words plain, so that commands can be read', () => {
    expect(quote('/var/django/carers-1.0_x:y,z@%+')).toBe('/var/django/carers-1.0_x:y,z@%+')
  })

  it('refuses what no shell can pass on', () => {
    expect(() => quote('a\0b')).toThrow(OptionError)
  })
})
