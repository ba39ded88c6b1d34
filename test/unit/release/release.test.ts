import { describe, expect, it } from 'vitest'
import { OptionError } from '../../../src/errors/option-error.js'
import { freeName, Release } from '../../../src/release/release.js'

describe('a release description', () => {
  it('has DYE’s layout, unless told otherwise', () => {
    const layout = Release.under('/var/django').layoutOf('carers')
    expect([layout.live, layout.next, layout.release('r1'), layout.dumps]).toEqual([
      '/var/django/carers/dev',
      '/var/django/carers/next',
      '/var/django/carers/previous/r1',
      '/var/django/carers/dbdumps',
    ])
    const other = Release.under('/srv').named({ live: 'current', releases: 'releases' }).layoutOf('x')
    expect([other.live, other.release('r1'), other.next]).toEqual([
      '/srv/x/current',
      '/srv/x/releases/r1',
      '/srv/x/next',
    ])
  })

  it('is never changed: each method returns a copy', () => {
    const original = Release.under('/srv')
    const changed = original.keep(2).share('uploads/', './a/../data')
    expect([original.kept, original.sharedPaths]).toEqual([5, []])
    expect([changed.kept, changed.sharedPaths]).toEqual([2, ['uploads', 'data']])
  })

  it.each([
    ['a relative home', () => Release.under('srv')],
    ['no release to go back to', () => Release.under('/srv').keep(0)],
    ['half a release', () => Release.under('/srv').keep(1.5)],
    ['a shared path outside', () => Release.under('/srv').share('../x')],
    ['an absolute shared path', () => Release.under('/srv').share('/etc')],
    ['the release itself as shared', () => Release.under('/srv').share('.')],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(OptionError)
  })
})

describe('the name of a release', () => {
  it.each([
    [[], 'r'],
    [['q', 's'], 'r'],
    [['r'], 'r-2'],
    [['r', 'r-2', 'r-3'], 'r-4'],
  ])('beside %j is %s', (taken, name) => {
    expect(freeName('r', taken)).toBe(name)
  })
})
