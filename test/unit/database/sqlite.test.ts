import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeEach, expect, it } from 'vitest'
import { Database } from '../../../src/database/database.js'
import { DatabaseError } from '../../../src/errors/database-error.js'
import { DumpError } from '../../../src/errors/dump-error.js'
import { OptionError } from '../../../src/errors/option-error.js'
import { needsPython } from '../../support/needs.js'
import { localPlace } from '../../support/temporary.js'

needsPython('a SQLite database', () => {
  const place = localPlace()
  const at = (name: string) => join(place.directory, name)
  const sql = async (statement: string) => {
    const program = `import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as c: print(c.execute(sys.argv[2]).fetchall())`
    return (await place.host.run`python3 -c ${program} ${at('site.sqlite3')} ${statement}`).stdout
  }
  const database = () => Database.sqlite({ file: at('site.sqlite3') })

  beforeEach(async () => {
    await sql('DROP TABLE IF EXISTS visits')
    await sql('CREATE TABLE visits (name, picture)')
    await sql(`INSERT INTO visits VALUES ('é 😀', x'00ff'), (NULL, NULL)`)
  })

  it('comes back from a dump as it was', async () => {
    const { bytes, rows } = await database().dump(place.host, at('dump.gz'))
    expect(rows).toEqual({ visits: 2 })
    expect(bytes).toBe((await readFile(at('dump.gz'))).length)
    const before = await sql('SELECT * FROM visits')
    await sql('DELETE FROM visits')
    await sql('CREATE TABLE more (x)')
    await database().restore(place.host, at('dump.gz'))
    expect(await sql('SELECT * FROM visits')).toBe(before)
    expect(await sql(`SELECT name FROM sqlite_master WHERE name = 'more'`)).toBe('[]')
    await sql('DROP TABLE visits')
  })

  it.each([
    ['no dump at all', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
  ])('is not touched by %s', async (_, content) => {
    await writeFile(at('broken.gz'), content)
    const before = await sql('SELECT * FROM visits')
    await expect(database().restore(place.host, at('broken.gz'))).rejects.toBeInstanceOf(DatabaseError)
    expect(await sql('SELECT * FROM visits')).toBe(before)
  })

  it('is not touched by a dump that was cut off', async () => {
    await database().dump(place.host, at('dump.gz'))
    await writeFile(at('cut.gz'), (await readFile(at('dump.gz'))).subarray(0, -20))
    await expect(database().restore(place.host, at('cut.gz'))).rejects.toBeInstanceOf(DatabaseError)
    expect(await sql('SELECT count(*) FROM visits')).toBe('[(2,)]')
  })

  it('gives no dump when it cannot be read, and leaves no half of one', async () => {
    const missing = Database.sqlite({ file: '/nowhere/site.sqlite3' })
    await expect(missing.dump(place.host, at('none.gz'))).rejects.toBeInstanceOf(DumpError)
    expect((await place.host.ask`ls -- ${place.directory}`).stdout).not.toContain('none.gz')
  })

  it.each(['whole', 'broken'])('leaves nothing beside it when a %s dump comes back', async kind => {
    await place.host.run`rm -f -- ${at('site.sqlite3.restored')}`
    await database().dump(place.host, at('dump.gz'))
    if (kind === 'broken') await writeFile(at('dump.gz'), 'hello')
    const before = (await readdir(place.directory)).sort()
    await database()
      .restore(place.host, at('dump.gz'))
      .catch(() => {}) // that a broken one is an error is tested above
    expect((await readdir(place.directory)).sort()).toEqual(before)
  })

  it('is as open to its application after it came back as before', async () => {
    await database().dump(place.host, at('dump.gz'))
    await chmod(at('site.sqlite3'), 0o664)
    await database().restore(place.host, at('dump.gz'))
    expect((await stat(at('site.sqlite3'))).mode & 0o777).toBe(0o664)
  })

  it('is dumped for its owner only', async () => {
    await database().dump(place.host, at('private.gz'))
    expect((await stat(at('private.gz'))).mode & 0o777).toBe(0o600)
  })

  it('is dumped with what is not yet in its main file', async () => {
    const open = `import sqlite3, sys, subprocess
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('PRAGMA journal_mode=WAL'); c.execute("INSERT INTO visits VALUES ('in the log', 1)")
print('ready', flush=True); sys.stdin.read()`
    const writer = execa('python3', ['-c', open, at('site.sqlite3')], { stdin: 'pipe' })
    await new Promise(resolve => writer.stdout.once('data', resolve))
    await database().dump(place.host, at('wal.gz'))
    writer.stdin.end()
    await writer
    await sql('DELETE FROM visits')
    await database().restore(place.host, at('wal.gz'))
    expect(await sql("SELECT picture FROM visits WHERE name = 'in the log'")).toBe('[(1,)]')
  })

  it('gives no dump when there is none, and does not come to be by that', async () => {
    const missing = Database.sqlite({ file: at('missing.sqlite3') })
    await expect(missing.dump(place.host, at('none.gz'))).rejects.toBeInstanceOf(DumpError)
    expect(await readdir(place.directory)).not.toContain('missing.sqlite3')
  })

  it('has a directory made for it, once', async () => {
    const inside = Database.sqlite({ file: at('deep/er/site.sqlite3') })
    expect(await inside.ensure(place.host)).toMatchObject({ changed: true })
    await writeFile(at('deep/er/site.sqlite3'), '')
    expect(await inside.ensure(place.host)).toMatchObject({ changed: false })
  })

  it.each(['', 'site.sqlite3', './site.sqlite3', ':memory:'])(
    'refuses the path %j, which no release outlives',
    file => {
      expect(() => Database.sqlite({ file })).toThrow(OptionError)
    },
  )
})
