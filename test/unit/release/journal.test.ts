import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { change } from '../../../src/command/command.js'
import type { CommandResult } from '../../../src/command/result.js'
import { Journal, journalOf, readJournal, record, recordDowntime } from '../../../src/release/journal.js'
import { superfluous, unneededVirtualenvs } from '../../../src/release/prune.js'
import { localPlace } from '../../support/temporary.js'

const line = (release: string, status: string, more: object = {}) =>
  JSON.stringify({ release, status, ...more })

describe('the journal', () => {
  const place = localPlace()

  it('adds up the lines of each release', () => {
    const journal = Journal.parse(
      [
        line('r1', 'preparing', { branch: 'main' }),
        line('r1', 'live', { revision: 'abc' }),
        line('r2', 'preparing'),
        line('r1', 'previous'),
        line('r2', 'live'),
      ].join('\n'),
    )
    expect(journal.live?.release).toBe('r2')
    expect(journal.previous).toEqual([{ release: 'r1', status: 'previous', branch: 'main', revision: 'abc' }])
  })

  it('goes by status: what failed or was rolled back is not gone back to', () => {
    const journal = Journal.parse(
      [line('r1', 'previous'), line('r2', 'failed'), line('r3', 'rolled-back'), line('r4', 'live')].join(
        '\n',
      ),
    )
    expect(journal.previous.map(({ release }) => release)).toEqual(['r1'])
  })

  it.each(['{"release":"r2","sta', '', 'null', '[1]', '{"a":1}', '\0\0\0'])(
    'passes over a line %j',
    broken => {
      const journal = Journal.parse(`${line('r1', 'live')}\n${broken}`)
      expect(journal.entries).toEqual([{ release: 'r1', status: 'live' }])
    },
  )

  it('is written a line at a time, with the time, and read back', async () => {
    const file = join(place.directory, 'journal.jsonl')
    const none = await place.host.runAll([readJournal(file)])
    expect(none.map(journalOf).map(({ entries }) => entries)).toEqual([[]])
    const results = await place.host.runAll([
      record(file, { release: 'r1', status: 'preparing', by: "o'neill@box \\ \n" }),
      record(file, { release: 'r1', status: 'live' }),
      readJournal(file),
    ])
    const entry = results[2] && journalOf(results[2]).live
    expect(entry).toMatchObject({ release: 'r1', status: 'live', by: "o'neill@box \\ \n" })
    expect(Math.abs(Date.parse(entry?.at ?? '') - Date.now())).toBeLessThan(60_000)
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3)
  })

  it('loses nothing that is written after a line that was cut short', async () => {
    const file = join(place.directory, 'cut-short.jsonl')
    const cutShort = `${line('r1', 'live')}\n{"at":"2013-09-23T17:52:14Z","release":"r2","sta`
    await writeFile(file, cutShort)
    await place.host.runAll([record(file, { release: 'r3', status: 'preparing', branch: 'main' })])
    const { entries } = Journal.parse(await readFile(file, 'utf8'))
    expect(entries).toMatchObject([{ release: 'r1' }, { release: 'r3', branch: 'main' }])
  })

  it('is told how long a site was off without a change of the status', async () => {
    const file = join(place.directory, 'downtime.jsonl')
    const downtime = recordDowntime(file, 'r1')
    const results = await place.host.runAll([
      record(file, { release: 'r1', status: 'live', revision: 'abc' }),
      change`since=1385826734007 until=1385826735250; ${downtime}`,
      change`since=1385826734007 until=1385826735250; ${recordDowntime(file, 'nobody')}`,
      readJournal(file),
    ])
    const journal = journalOf(results[3] as CommandResult)
    expect(journal.entries).toHaveLength(1)
    expect(journal.live).toMatchObject({
      release: 'r1',
      revision: 'abc',
      downtime: { from: '2013-11-30T15:52:14.007Z', to: '2013-11-30T15:52:15.250Z', milliseconds: 1243 },
    })
  })

  it('is whole when several write to it at once', async () => {
    const file = join(place.directory, 'several.jsonl')
    const sessions = Array.from({ length: 4 }, () => place.host.ownSession())
    const names = sessions.map((_, index) => `r${index}`)
    const writing = names.map((release, index) =>
      sessions[index]?.runAll(
        Array.from({ length: 25 }, () => record(file, { release, status: 'preparing' })),
      ),
    )
    await Promise.all(writing)
    await Promise.all(sessions.map(session => session.closeSession()))
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    expect(lines).toHaveLength(100)
    expect(lines.filter(each => Journal.parse(each).entries.length !== 1)).toEqual([])
  })
})

describe('pruning', () => {
  const journal = Journal.parse(
    [
      ...['g1', 'g2', 'g3', 'g4'].map((name, index) => line(name, 'previous', { virtualenv: `v${index}` })),
      ...['h1', 'h2', 'h3', 'h4', 'h5'].map(name => line(name, 'failed', { virtualenv: 'v3' })),
      line('z', 'live', { virtualenv: 'v1' }),
    ].join('\n'),
  )

  it('keeps the newest good ones and two failed ones, which never push out a good one', () => {
    const gone = superfluous(journal, 2).map(({ release }) => release)
    expect(gone).toEqual(['g2', 'g1', 'h3', 'h2', 'h1'])
  })

  it('drops virtualenvs that nothing needs any more', () => {
    expect(unneededVirtualenvs(journal, superfluous(journal, 2))).toEqual(['v0'])
  })
})
