import { describe, expect, it } from 'vitest'
import { parseLog, subversion } from '../../../src/source/subversion.js'

describe('a Subversion source', () => {
  it.each(['', '-x', 'a\nb', '../x', 'a/../../b'])('refuses the branch %j', name => {
    expect(() => subversion('https://svn.example.org/x').branch(name)).toThrow(/cannot be a branch/)
  })

  it('refuses what is no revision', () => {
    expect(() => subversion('https://svn.example.org/x').revision('HEAD')).toThrow(/not a revision/)
  })

  it('does not show a password', () => {
    const source = subversion('https://ann:s3cret@svn.example.org/x')
    expect([source.url, source.title, source.chosenBranch]).toEqual([
      'https://svn.example.org/x/trunk',
      'https://svn.example.org/x/trunk',
      'trunk',
    ])
  })

  it('reads a log whose messages look like a log', () => {
    const line = '-'.repeat(72)
    const head = (number: number, lines: number) =>
      `r${number} | ann b | 2026-11-24 04:05:06 +0200 (Tue, 24 Nov 2026) | ${lines} line${lines === 1 ? '' : 's'}`
    const message = ['subject', line, head(1, 1), '', 'faked']
    const log = [line, head(3, 5), '', ...message, line, head(2, 1), '', 'other', line]
    expect(parseLog(log)).toEqual([
      { revision: '3', author: 'ann b', date: '2026-11-24T02:05:06.000Z', subject: 'subject' },
      { revision: '2', author: 'ann b', date: '2026-11-24T02:05:06.000Z', subject: 'other' },
    ])
  })
})
