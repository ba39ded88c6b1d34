import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { Journal, type ReleaseStatus } from '../../../src/release/journal.js'
import { Layout } from '../../../src/release/layout.js'
import { prune, superfluous, unneededDumps, unneededVirtualenvs } from '../../../src/release/prune.js'
import { localPlace } from '../../support/temporary.js'

/** A journal of releases, the oldest first; a virtualenv stands behind a slash. */
function journal(...releases: readonly `${string} ${ReleaseStatus}`[]): Journal {
  const lines = releases.map(each => {
    const [name = '', status] = each.split(' ')
    const [release, virtualenv] = name.split('/')
    return JSON.stringify({ release, status, virtualenv })
  })
  return Journal.parse(lines.join('\n'))
}

describe('what can go', () => {
  it.each<[string, Journal, number, string[]]>([
    ['nothing of an empty journal', journal(), 1, []],
    ['never the live one', journal('a live'), 1, []],
    ['nothing as long as there are not too many', journal('a previous', 'b previous', 'c live'), 2, []],
    ['the oldest good ones', journal('a previous', 'b previous', 'c previous', 'd live'), 1, ['b', 'a']],
    ['not what was deployed anew since', journal('a live', 'b previous', 'c previous'), 1, ['b']],
    ['not two bad ones', journal('a failed', 'b aborted', 'c live'), 1, []],
    [
      'all bad ones but two, of whatever kind',
      journal('a failed', 'b aborted', 'c rolled-back', 'd failed', 'e live'),
      1,
      ['b', 'a'],
    ],
    ['nothing that is gone already', journal('a pruned', 'b previous', 'c live'), 1, []],
    ['nothing that is being made', journal('a preparing', 'b preparing', 'c preparing', 'd live'), 1, []],
    [
      'no good one because of bad ones',
      journal('a previous', 'b failed', 'c failed', 'd failed', 'e live'),
      1,
      ['b'],
    ],
  ])('%s', (_, known, keep, gone) => {
    expect(superfluous(known, keep).map(({ release }) => release)).toEqual(gone)
  })

  it.each<[string, Journal, string[]]>([
    ['one that only those that go had', journal('a/v1 previous', 'b/v2 previous', 'c/v2 live'), ['v1']],
    ['none that the live one has', journal('a/v1 previous', 'b/v2 previous', 'c/v1 live'), []],
    ['none that a failed one that stays has', journal('a/v1 previous', 'b/v1 failed', 'c/v2 live'), []],
    ['none for a release without one', journal('a previous', 'b previous', 'c live'), []],
    ['one that else only a pruned one had', journal('z/v1 pruned', 'a/v1 previous', 'c/v2 live'), ['v1']],
  ])('of virtualenvs: %s', (_, known, keys) => {
    const gone = known.entries.filter(({ release }) => release === 'a')
    expect(unneededVirtualenvs(known, gone)).toEqual(keys)
  })
})

describe('pruning', () => {
  const place = localPlace()
  let layout: Layout

  beforeEach(async () => {
    layout = new Layout(join(place.directory, 'home'))
    await place.host.run`rm -rf -- ${layout.root}`
    for (const name of ['r1', 'r2']) {
      await mkdir(join(layout.release(name), 'deep'), { recursive: true })
      await mkdir(join(layout.virtualenvs, `v-${name}`), { recursive: true })
    }
    await mkdir(layout.dumps)
    const dumps = [layout.dumpBefore('r1'), layout.dumpOnLeaving('r1'), layout.dumpBefore('r2')]
    for (const file of [...dumps, join(layout.dumps, 'daily-2013-09-23.gz')]) await writeFile(file, 'x')
  })

  const pruned = (known: Journal, ...names: string[]) =>
    place.host.perform(
      prune(
        layout,
        known,
        known.entries.filter(({ release }) => names.includes(release)),
      ),
    )

  it('takes away a release with its dumps and virtualenv, nothing else, and writes it down', async () => {
    const known = journal('r1/v-r1 previous', 'r2/v-r2 live')
    expect(await pruned(known, 'r1')).toEqual(['r1'])
    expect(await readdir(layout.releases)).toEqual(['r2'])
    expect(await readdir(layout.virtualenvs)).toEqual(['v-r2'])
    expect((await readdir(layout.dumps)).sort()).toEqual(['before-r2.gz', 'daily-2013-09-23.gz'])
    const written = Journal.parse(await readFile(layout.journal, 'utf8'))
    expect(written.entries).toMatchObject([{ release: 'r1', status: 'pruned' }])
  })

  it('takes away virtualenvs that nothing has needed for a day, by journal or by link', async () => {
    const ages: readonly [string, string][] = [
      ...(['stale', 'linked', 'v-r2'] as const).map((name): [string, string] => [name, '2 days ago']),
      ['new', 'now'],
    ]
    for (const [name, age] of ages) {
      await mkdir(join(layout.virtualenvs, name), { recursive: true })
      await place.host.run`touch -d ${age} -- ${join(layout.virtualenvs, name)}`
    }
    await symlink(join(layout.virtualenvs, 'linked'), join(layout.release('r2'), 'deep/.ve'))
    await pruned(journal('r1/v-r1 previous', 'r2/v-r2 live'), 'r1')
    expect((await readdir(layout.virtualenvs)).sort()).toEqual(['linked', 'new', 'v-r2'])
  })

  it('does not mind a release whose directory is gone already', async () => {
    expect(await pruned(journal('r0 failed'), 'r0')).toEqual(['r0'])
    expect((await readdir(layout.releases)).sort()).toEqual(['r1', 'r2'])
    expect(await readFile(layout.journal, 'utf8')).toContain('"release":"r0","status":"pruned"')
  })

  it.each(['../previous/r1/deep', '../previous/r1'])(
    'spares a release that the live one has links into, and all it needs: %s',
    async target => {
      await symlink('previous/r2', layout.live)
      await symlink(target, join(layout.release('r2'), 'link'))
      const known = journal('r1/v-r1 previous', 'r2/v-r2 live')
      expect(await pruned(known, 'r1')).toEqual([])
      expect((await readdir(layout.releases)).sort()).toEqual(['r1', 'r2'])
      expect((await readdir(layout.virtualenvs)).sort()).toEqual(['v-r1', 'v-r2'])
    },
  )

  it('is not misled by links to releases whose names are longer', async () => {
    await symlink('previous/r2', layout.live)
    await symlink('../previous/r10', join(layout.release('r2'), 'link'))
    expect(await pruned(journal('r1 previous', 'r2 live'), 'r1')).toEqual(['r1'])
  })

  it('keeps the dump that a release that stays could be rolled back with', () => {
    const lines = [
      { release: 'r1', status: 'previous', dumpAfter: layout.dumpBefore('r2') },
      { release: 'r2', status: 'rolled-back', dumpAfter: layout.dumpOnLeaving('r2') },
      { release: 'r3', status: 'live', dumpAfter: '/elsewhere/x.gz' },
    ]
    const known = Journal.parse(lines.map(line => JSON.stringify(line)).join('\n'))
    const [first, second, third] = known.entries
    expect(unneededDumps(layout, known, second ? [second] : [])).toEqual([layout.dumpOnLeaving('r2')])
    expect(unneededDumps(layout, known, first && second && third ? [first, second, third] : [])).toEqual([
      ...['r1', 'r2', 'r3'].flatMap(name => [layout.dumpBefore(name), layout.dumpOnLeaving(name)]),
    ])
  })

  it.each(['', '.', '..', '../../home', 'a/../..', 'a/b'])(
    'never happens to a release that a damaged journal calls %j',
    name => {
      const damaged = ['x', 'y', 'z', name].map(release => JSON.stringify({ release, status: 'failed' }))
      const paths = superfluous(Journal.parse(damaged.reverse().join('\n')), 1).map(({ release }) => release)
      expect(paths).toEqual(['z'])
    },
  )
})
