import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { Database } from '../../../src/database/database.js'
import { CommandError } from '../../../src/errors/command-error.js'
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
    const { bytes } = await database().dump(place.host, at('dump.gz'))
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
    await expect(database().restore(place.host, at('broken.gz'))).rejects.toBeInstanceOf(CommandError)
    expect(await sql('SELECT * FROM visits')).toBe(before)
  })

  it('is not touched by a dump that was cut off', async () => {
    await database().dump(place.host, at('dump.gz'))
    await writeFile(at('cut.gz'), (await readFile(at('dump.gz'))).subarray(0, -20))
    await expect(database().restore(place.host, at('cut.gz'))).rejects.toBeInstanceOf(CommandError)
    expect(await sql('SELECT count(*) FROM visits')).toBe('[(2,)]')
  })

  it('gives no dump when it cannot be read, and leaves no half of one', async () => {
    const missing = Database.sqlite({ file: '/nowhere/site.sqlite3' })
    await expect(missing.dump(place.host, at('none.gz'))).rejects.toBeInstanceOf(DumpError)
    expect((await place.host.ask`ls -- ${place.directory}`).stdout).not.toContain('none.gz')
  })
})

describe('a MySQL database', () => {
  it.each(['', 'a b', 'a`b', 'x'.repeat(65), "a'b"])('refuses the name %j', name => {
    expect(() => Database.mysql({ name })).toThrow(OptionError)
  })
})
