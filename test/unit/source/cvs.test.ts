import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/command/secret.js'
import { cvs, parseRevisions } from '../../../src/source/cvs.js'
import { scrambled } from '../../../src/source/cvs-fetch.js'

describe('a CVS source', () => {
  it.each([
    ['a branch', () => cvs('/cvs', 'x').branch('-r')],
    ['a tag', () => cvs('/cvs', 'x').tag('v1.0')],
    ['a moment', () => cvs('/cvs', 'x').date('')],
    ['a module', () => cvs('/cvs', '../x')],
    ['a module like an option', () => cvs('/cvs', '-x')],
    ['a root', () => cvs('cvs', 'x')],
    ['a password without a server', () => cvs('/cvs', 'x').login(Secret.of('x'))],
    ['a password that CVS cannot write', () => cvs(':pserver:ann@h:/cvs', 'x').login(Secret.of('ä'))],
  ])('refuses %s that cannot be', (_, make) => {
    expect(make).toThrow(/could not use the option|Could not/i)
  })

  it('does not show a password, and knows the port', () => {
    const source = cvs(':pserver:ann:p:w@x@cvs.example.org:/cvs', 'site')
    expect([source.url, source.title]).toEqual([
      ':pserver:ann@cvs.example.org:2401/cvs/site',
      'branch HEAD of :pserver:ann@cvs.example.org:2401/cvs/site',
    ])
  })

  it('writes a password as CVS does: twice is the password again', () => {
    const all = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')
    const once = scrambled(Secret.of(all)).reveal().slice(1)
    expect(scrambled(Secret.of(once)).reveal().slice(1)).toBe(all)
    expect(scrambled(Secret.of('abcde')).reveal()).toBe('Ayuhed')
  })

  it('makes commits out of revisions of files, those of the trunk or all', () => {
    const revision = (number: string, id: string, ...message: string[]) => [
      '----------------------------',
      `revision ${number}`,
      `date: 2026-11-24 04:36:5${id} +0000;  author: ann;  state: Exp;  lines: +1 -1;  commitid: c${id};`,
      ...message,
    ]
    const log = [
      ...revision('1.3', '3', 'branches:  1.3.2;', 'third', 'more'),
      ...revision('1.3.2.1', '4', 'on a branch'),
      ...revision('1.2', '2', 'second'),
      ...revision('1.5', '3', 'third', 'more'),
    ]
    const subjects = (trunk: boolean) =>
      parseRevisions(log, trunk).map(({ date, subject }) => `${date} ${subject}`)
    expect(subjects(true)).toEqual(['2026-11-24T04:36:53Z third', '2026-11-24T04:36:52Z second'])
    expect(subjects(false)).toHaveLength(3)
  })
})
