import { describe, expect, it } from 'vitest'
import { OptionError } from '../../../src/errors/option-error.js'
import { DYE_NAMES, Layout } from '../../../src/release/layout.js'
import { Release } from '../../../src/release/release.js'

describe('a layout', () => {
  it.each<[string, (layout: Layout) => string, string]>([
    ['the live link', layout => layout.live, '/srv/x/dev'],
    ['the next link', layout => layout.next, '/srv/x/next'],
    ['releases', layout => layout.releases, '/srv/x/previous'],
    ['a release', layout => layout.release('r1'), '/srv/x/previous/r1'],
    ['dumps', layout => layout.dumps, '/srv/x/dbdumps'],
    ['the dump before a release', layout => layout.dumpBefore('r1'), '/srv/x/dbdumps/before-r1.gz'],
    [
      'the dump of a rollback',
      layout => layout.dumpOnLeaving('r1'),
      '/srv/x/dbdumps/before-rollback-from-r1.gz',
    ],
    ['what is shared', layout => layout.shared, '/srv/x/shared'],
    ['the README', layout => layout.readme, '/srv/x/README'],
    ['the journal', layout => layout.journal, '/srv/x/.dye/journal.jsonl'],
    ['the lock', layout => layout.lock, '/srv/x/.dye/lock'],
    ['the sign of maintenance', layout => layout.maintenance, '/srv/x/.dye/maintenance'],
    ['the mirror', layout => layout.mirror, '/srv/x/.dye/mirror'],
    ['virtualenvs', layout => layout.virtualenvs, '/srv/x/.dye/virtualenvs'],
  ])('has its place for %s', (_, place, path) => {
    expect(place(new Layout('/srv/x'))).toBe(path)
  })

  it('has no place twice', () => {
    const layout = new Layout('/srv/x')
    const { live, next, releases, dumps, shared, readme, state } = layout
    const { journal, lock, maintenance, mirror, virtualenvs } = layout
    const all = [
      live,
      next,
      releases,
      dumps,
      shared,
      readme,
      state,
      journal,
      lock,
      maintenance,
      mirror,
      virtualenvs,
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  it('keeps the names that were not changed', () => {
    const layout = Release.under('/srv').named({ live: 'current' }).named({ dumps: 'dumps' }).layoutOf('x')
    expect(layout.names).toEqual({ ...DYE_NAMES, live: 'current', dumps: 'dumps' })
  })

  it.each([
    [{ live: '' }],
    [{ releases: '.' }],
    [{ releases: '../elsewhere' }],
    [{ dumps: '/var/dumps' }],
    [{ live: 'next' }],
    [{ releases: 'all', shared: 'all' }],
    [{ shared: '.dye' }],
  ])('refuses the names %j, by which one thing would be put in the place of another', names => {
    expect(() => Release.under('/srv').named(names).layoutOf('x')).toThrow(OptionError)
  })
})
