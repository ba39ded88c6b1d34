import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/command/secret.js'
import { Database } from '../../../src/database/database.js'
import { FakeHost } from '../../../src/testing.js'

const FILE = '/srv/data/site.sqlite3'

/** What Django would be told, and where it is. */
const SETTINGS = `DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '${FILE}'}}\n`

const PASSWORD = `it's \\ : "secret"`

const files = {
  '/srv/app/settings.py': SETTINGS,
  '/srv/app/notes/migrations/0001_initial.py': "migrations.CreateModel(name='Note')\n",
  '/srv/data/kept': { content: '', owner: 'deploy' },
}

describe('PostgreSQL in memory', () => {
  const database = Database.postgresql({
    name: 'site',
    user: 'site',
    host: 'localhost',
    password: Secret.of(PASSWORD),
  })

  it('is made, dumped and restored', async () => {
    const host = FakeHost.server()
    expect(await database.exists(host)).toBe(false)
    expect(await database.ensure(host)).toMatchObject({ changed: true })
    expect(await database.ensure(host)).toMatchObject({ changed: false })
    const wrong = { name: 'site', user: 'site', host: 'localhost', password: Secret.of('other') }
    expect(await Database.postgresql(wrong).exists(host)).toBe(false)
    const admin = host.as('postgres')
    const fill = (rows: string) =>
      admin.run`printf 'CREATE TABLE public.notes (\n);\nCOPY public.notes FROM stdin;\n%s\n\\.\n' ${rows} | psql -d site`
    await fill("1,'a;b'\n2,'--'")
    const { rows } = await database.dump(host, '/tmp/dump.gz')
    expect(rows).toEqual({ 'public.notes': 2 })
    await fill('3')
    await database.restore(host, '/tmp/dump.gz')
    expect(host.rows('site', 'notes')).toEqual(["1,'a;b'", "2,'--'"])
    expect((await admin.ask`psql -A -t -d site -c 'SELECT * FROM notes'`).lines).toHaveLength(2)
    expect(await database.tables(host)).toEqual(['public.notes'])
    await database.clean(host, { environment: 'staging' })
    expect(await database.tables(host)).toEqual([])
    await database.drop(host, { environment: 'staging' })
    expect(await database.exists(host)).toBe(false)
  })

  it('takes back what was not committed, and names what it does not know', async () => {
    const host = FakeHost.server()
    await database.ensure(host)
    const admin = host.as('postgres')
    const failing = admin.run`printf 'BEGIN; CREATE TABLE public.lost ();\nSELECT 1/0; COMMIT;' | psql -d site`
    await expect(failing).rejects.toThrow('division by zero')
    expect(host.rows('site', 'lost')).toBeUndefined()
    await expect(admin.run`psql -d site -c ${'VACUUM FULL'}`).rejects.toThrow('statement VACUUM FULL')
    await expect(admin.run`psql -d none -c ${'SELECT 1'}`).rejects.toThrow('database "none" does not exist')
    await expect(host.run`psql -d site -c ${'SELECT 1'}`).rejects.toThrow('role "deploy" does not exist')
    await admin.asRoot().run`systemctl stop postgresql`
    await expect(database.ensure(host)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
  })
})

describe('SQLite in memory', () => {
  const database = Database.sqlite({ file: FILE })

  it.each([
    `'${FILE}'`,
    "Path(__file__).resolve().parent.parent / 'data' / 'site.sqlite3'",
    "os.path.join(DATA, 'site.sqlite3')",
    "BASE_DIR / 'data/site.sqlite3'",
  ])('is where the settings say: %s', async name => {
    const text = `BASE_DIR = Path(__file__).resolve().parent.parent
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), 'data')
DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.sqlite3',
        'NAME': ${name},
    }
}
`
    const host = FakeHost.server({ files: { ...files, '/srv/app/settings.py': text } })
    await host.asRoot().run`chown deploy /srv/data && cd /srv/app && python3 manage.py migrate`
    expect(host.rows(FILE, 'django_migrations')).toEqual(["'notes.0001_initial'"])
  })

  it('is dumped and restored, and a file that is none is refused', async () => {
    const host = FakeHost.server({ files })
    await host.asRoot().run`chown deploy /srv/data`
    await host.within('/srv/app').run`python3 manage.py migrate`
    const { rows } = await database.dump(host, '/tmp/dump.gz')
    expect(rows).toEqual({ django_migrations: 1, notes_note: 0 })
    await host.files.write(FILE, 'SQLite format 3\0{')
    await expect(database.dump(host, '/tmp/other.gz')).rejects.toThrow('file is not a database')
    await expect(host.within('/srv/app').run`python3 manage.py migrate`).rejects.toThrow('not a database')
    await database.restore(host, '/tmp/dump.gz')
    expect(await database.tables(host)).toEqual(['django_migrations', 'notes_note'])
  })
})
