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
    const preset = Release.at('/srv/www').layout('capistrano').named({ state: '.deploy' }).layoutOf('x')
    expect([preset.live, preset.release('r1'), preset.journal]).toEqual([
      '/srv/www/current',
      '/srv/www/releases/r1',
      '/srv/www/.deploy/journal.jsonl',
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
    const changed = original.keep(2).share('uploads/', './a/../data').shareFiles('config.ini')
    expect([original.kept, original.shared]).toEqual([5, []])
    expect([changed.kept, changed.shared]).toEqual([
      2,
      [
        { kind: 'directory', path: 'uploads' },
        { kind: 'directory', path: 'data' },
        { kind: 'file', path: 'config.ini' },
      ],
    ])
  })

  it.each([
    ['a relative home', () => Release.under('srv')],
    ['no release to go back to', () => Release.under('/srv').keep(0)],
    ['half a release', () => Release.under('/srv').keep(1.5)],
    ['a shared path outside', () => Release.under('/srv').share('../x')],
    ['an absolute shared path', () => Release.under('/srv').share('/etc')],
    ['the release itself as shared', () => Release.under('/srv').share('.')],
    ['a shared path like an option', () => Release.under('/srv').share('-x')],
    ['a shared path inside another', () => Release.under('/srv').share('media', 'media/user')],
    ['a shared file inside a shared directory', () => Release.under('/srv').share('a').shareFiles('a/b')],
    ['a shared path twice', () => Release.under('/srv').share('media').share('media/')],
    ['the same name twice', () => Release.under('/srv').named({ live: 'next' })],
    ['a hidden name for the live link', () => Release.under('/srv').named({ live: '.live' })],
    ['a relative place', () => Release.at('srv/x')],
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
