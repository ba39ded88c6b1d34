import { setTimeout as pause } from 'node:timers/promises'
import { Database, type Host, Secret } from 'dye-deploy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { TestServer } from '../support/test-server.js'

const PASSWORD = `p'a"s\\s w$ord`
const ROWS = 100_000

/** A database of a kind on the throwaway server, and how to look at it past the library. */
interface Trial {
  readonly title: string
  readonly make: (password?: string, more?: object) => Database
  /** Runs SQL as the administrator; gives what is printed. */
  readonly sql: (statement: string) => Promise<string>
  /** Makes a table `many` of 100,000 rows with NULLs, emoji, binary and big numbers. */
  readonly fill: string
  readonly checksum: string
  /** The name that {@link Database.dump} gives to the table. */
  readonly table: string
}

needsTestServer('databases', () => {
  let server: TestServer
  let host: Host

  beforeAll(async () => {
    server = await TestServer.start({ with: ['mariadb', 'postgresql'], size: '2g' })
    host = sshHost(server)
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
  })

  const printed = async (script: string, input: string) => (await server.exec(script, { input })).stdout

  const mysql: Trial = {
    title: 'MariaDB',
    make: (password = PASSWORD, more = {}) =>
      Database.mysql({ name: 'my_site', user: 'my_user', password: Secret.of(password), ...more }),
    sql: statement => printed('mariadb -N my_site', statement),
    fill: `CREATE TABLE parent (id INT PRIMARY KEY); INSERT INTO parent VALUES (1), (2);
      CREATE TABLE many (id BIGINT PRIMARY KEY, name VARCHAR(80), picture BLOB, big DECIMAL(38, 10), parent INT,
        FOREIGN KEY (parent) REFERENCES parent (id)) CHARACTER SET utf8mb4;
      INSERT INTO many SELECT 9000000000000000000 + seq, IF(seq % 7 = 0, NULL, CONCAT('n\\n\\t''"\\\\', seq, '😀é')),
        UNHEX(LPAD(HEX(seq * 77), 16, '0')), seq * 12345678901234567.0000000001, 1 + seq % 2 FROM seq_1_to_${ROWS};`,
    checksum: 'CHECKSUM TABLE many; SELECT COUNT(*) FROM many; CHECKSUM TABLE parent',
    table: 'many',
  }

  const postgresql: Trial = {
    title: 'PostgreSQL',
    make: (password = PASSWORD, more = {}) =>
      Database.postgresql({
        ...{ name: 'pg_site', user: 'site_user', host: '127.0.0.1', password: Secret.of(password), ...more },
      }),
    sql: statement => printed(`cd / && runuser -u postgres -- psql -qAt pg_site`, statement),
    fill: `SET ROLE site_user; CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TABLE parent (id INT PRIMARY KEY); INSERT INTO parent VALUES (1), (2);
      CREATE TABLE many (id BIGINT PRIMARY KEY, name TEXT, picture BYTEA, big NUMERIC(38, 10), parent INT REFERENCES parent (id), mood mood);
      CREATE VIEW few AS SELECT * FROM many WHERE id < 10; CREATE SEQUENCE count;
      INSERT INTO many SELECT n, CASE WHEN n % 7 = 0 THEN NULL ELSE E'n\\n\\t''"\\\\' || n || '😀é' END,
        decode(lpad(to_hex(n * 77), 16, '0'), 'hex'), n * 12345678901234567.0000000001, 1 + n % 2, 'good' FROM generate_series(1, ${ROWS}) n;`,
    checksum: `SELECT md5(string_agg(many::text, '|' ORDER BY id)), count(*) FROM many; SELECT count(*) FROM few`,
    table: 'public.many',
  }

  const FILE = '/srv/sqlite/site.sqlite3'
  const sqlite: Trial = {
    title: 'SQLite',
    make: () => Database.sqlite({ file: FILE }),
    sql: statement => printed(`runuser -u deploy -- sqlite3 ${FILE}`, statement),
    fill: `CREATE TABLE many (id INTEGER PRIMARY KEY, name TEXT, picture BLOB, big NUMERIC);
      WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${ROWS})
      INSERT INTO many SELECT 9000000000000000000 + n, CASE WHEN n % 7 = 0 THEN NULL ELSE 'n' || char(10) || n || '😀é' END, randomblob(8), n * 1e30 FROM n;`,
    checksum: `SELECT COUNT(*), SUM(LENGTH(name)), SUM(id % 1000), TOTAL(big), HEX(MAX(picture)), HEX(MIN(picture)) FROM many`,
    table: 'many',
  }

  beforeAll(async () => {
    await server.exec('mkdir -p /srv/sqlite /backup && chown deploy: /srv/sqlite /backup')
  })

  describe.each([mysql, postgresql, sqlite])('$title', ({ make, sql, fill, checksum, table, title }) => {
    const dump = '/backup/d.gz'
    const facts = () => sql(checksum)
    const isServer = title !== 'SQLite'

    it('is made once, and left alone then', async () => {
      expect(await make().exists(host)).toBe(false)
      expect(await make().ensure(host)).toMatchObject({ changed: true })
      if (!isServer) await sql('CREATE TABLE first (x)')
      expect(await make().exists(host)).toBe(true)
      const before = await host.roundTrips()
      expect(await make().ensure(host)).toEqual({ changed: false, reason: 'it is there' })
      expect((await host.roundTrips()) - before).toBe(1)
    })

    it('comes back from a dump with every row', async () => {
      await sql(fill)
      const before = await facts()
      const { rows, bytes } = await make().dump(host, dump)
      expect(rows[table]).toBe(ROWS)
      expect(bytes).toBeGreaterThan(100_000)
      expect(await make().tableExists(host, 'many')).toBe(true)
      expect(await make().tableExists(host, 'none')).toBe(false)
      await sql('DELETE FROM many WHERE id % 2 = 0; CREATE TABLE later (x INT)')
      expect(await facts()).not.toBe(before)
      await make().restore(host, dump)
      expect(await facts()).toBe(before)
      expect(await make().tableExists(host, 'later')).toBe(false)
      const { rows: again } = await make().dump(host, '/backup/again.gz')
      expect(again).toEqual(rows)
    })

    it('is as it was when a dump is broken', async () => {
      const before = await facts()
      await server.exec(
        `head -c 5000 ${dump} >/backup/cut.gz; gzip -dc ${dump} | head -n 100 | gzip >/backup/short.gz; echo >/backup/none.gz; chown deploy: /backup/*`,
      )
      for (const broken of ['cut', 'short', 'none', 'missing']) {
        await expect(make().restore(host, `/backup/${broken}.gz`)).rejects.toMatchObject({
          name: 'DatabaseError',
        })
        expect(await facts()).toBe(before)
      }
    })

    it('is as it was when a restore is killed in the midst, and comes back by the next one', async () => {
      const before = await facts()
      const controller = new AbortController()
      const restoring = make().restore(host, dump, { signal: controller.signal })
      await pause(isServer ? 600 : 150)
      controller.abort()
      await restoring.catch(() => {})
      expect(await facts()).toBe(before)
      await make().restore(host, dump)
      expect(await facts()).toBe(before)
      const left = isServer
        ? await sql(title === 'MariaDB' ? 'SHOW DATABASES' : 'SELECT datname FROM pg_database')
        : ''
      expect(left).not.toMatch(/__new|__old/)
    })

    it('gives no dump when the disk is full, and says so', async () => {
      await server.exec('mkdir -p /small && mount -t tmpfs -o size=64k,mode=777 none /small')
      await expect(make().dump(host, '/small/d.gz')).rejects.toMatchObject({
        name: 'DumpError',
        message: expect.stringContaining('the disk is full'),
      })
      expect((await server.exec('ls -A /small; umount /small')).stdout).toBe('')
    })

    it('is not destroyed in production without leave', async () => {
      const before = await facts()
      expect(() => make().drop(host, { environment: 'production' })).toThrow('not dropped')
      expect(() => make().clean(host, { environment: 'production' })).toThrow('not cleaned')
      expect(await facts()).toBe(before)
    })

    it('is cleaned, and dropped', async () => {
      await make().clean(host, { environment: 'production', evenProduction: true })
      if (isServer) expect(await make().tables(host)).toEqual([])
      await make().ensure(host)
      await make().restore(host, dump)
      await make().drop(host, { environment: 'staging' })
      expect(await make().exists(host)).toBe(false)
      expect(await make().ensure(host)).toMatchObject({ changed: true })
    })
  })

  describe.each([mysql, postgresql])('$title, whose users have passwords', ({ make, sql, title }) => {
    const ops = () => sshHost(server, 'ops')

    it('lets nobody in with a wrong one: the data stays, and the error says so', async () => {
      await make().ensure(host)
      await sql('CREATE TABLE precious (x INT); INSERT INTO precious VALUES (1)')
      const wrong = make('wrong-password')
      await expect(wrong.dump(host, '/backup/wrong.gz')).rejects.toThrow('the user was not let in')
      await expect(wrong.clean(host, { environment: 'x' })).rejects.toMatchObject({ code: 'DATABASE_DENIED' })
      await expect(wrong.tables(host)).rejects.not.toThrow('wrong-password')
      expect(await sql('SELECT COUNT(*) FROM precious')).toBe('1')
    })

    it('gets a new password when the settings have another one, from an administrator only', async () => {
      const stranger = ops()
      await expect(make('another one').ensure(stranger)).rejects.toMatchObject({
        code: 'DATABASE_ADMINISTRATOR_DENIED',
      })
      const named = { administrator: { user: 'boss', password: Secret.of('wrong') } }
      await expect(make('another one', named).ensure(stranger)).rejects.toMatchObject({
        code: 'DATABASE_ADMINISTRATOR_DENIED',
      })
      const boss =
        title === 'MariaDB'
          ? `CREATE USER boss@localhost IDENTIFIED BY 'b0ss'; GRANT ALL ON *.* TO boss@localhost WITH GRANT OPTION;`
          : `CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'b0ss';`
      await sql(boss)
      const right = { administrator: { user: 'boss', password: Secret.of('b0ss') } }
      expect(await make('another one', right).ensure(stranger)).toMatchObject({ changed: true })
      expect(await make('another one').exists(host)).toBe(true)
      expect(await make().exists(host)).toBe(false)
      expect(await make().ensure(host)).toMatchObject({ changed: true })
      expect(await sql('SELECT COUNT(*) FROM precious')).toBe('1')
      let asked = 0
      const question = { administrator: { user: 'boss', password: () => `b0${'s'.repeat(++asked + 1)}` } }
      const asking = make('a third one', question)
      expect(await asking.ensure(stranger)).toMatchObject({ changed: true })
      expect(await asking.ensure(stranger)).toMatchObject({ changed: false })
      await asking.drop(stranger, { environment: 'x' })
      expect(asked).toBe(1)
      const unasked = make(PASSWORD, question)
      await unasked.ensure(host)
      expect(asked).toBe(1)
      await stranger.close()
    })

    it('gives leave for the databases of tests when that is wanted', async () => {
      expect(await make(PASSWORD, { forTests: true }).ensure(host)).toMatchObject({ changed: true })
      expect(await make(PASSWORD, { forTests: true }).ensure(host)).toMatchObject({ changed: false })
    })
  })

  describe('MariaDB', () => {
    it('finds the password of root where DYE kept it', async () => {
      await server.exec(
        `mariadb -e "ALTER USER root@localhost IDENTIFIED VIA mysql_native_password USING PASSWORD('r00t')"; umask 077; echo r00t >/root/mysql_root_password`,
      )
      const other = Database.mysql({ name: 'other', user: 'other', password: Secret.of('x') })
      expect(await other.ensure(host)).toMatchObject({ changed: true })
      await server.exec(
        `mariadb -pr00t -e "ALTER USER root@localhost IDENTIFIED VIA unix_socket"; rm /root/mysql_root_password`,
      )
    })

    it.each(['a view', 'no administrator'])(
      'is loaded into the database itself with %s, and comes back should that fail',
      async why => {
        await mysql.sql(
          'DROP TABLE IF EXISTS precious; CREATE TABLE precious (x INT); INSERT INTO precious VALUES (1)',
        )
        await mysql.sql('CREATE OR REPLACE VIEW seen AS SELECT * FROM precious')
        await mysql.make().dump(host, '/backup/v.gz')
        await mysql.sql('INSERT INTO precious VALUES (2)')
        const runner = why === 'a view' ? host : sshHost(server, 'ops')
        await server.exec(
          `gzip -dc /backup/v.gz | sed 's/^INSERT INTO/INSERT INTO nowhere/' | gzip >/backup/bad.gz; chmod 644 /backup/*.gz; chmod 777 /backup`,
        )
        await expect(mysql.make().restore(runner, '/backup/bad.gz')).rejects.toMatchObject({
          name: 'DatabaseError',
        })
        expect(await mysql.sql('SELECT COUNT(*) FROM precious')).toBe('2')
        await mysql.make().restore(runner, '/backup/v.gz')
        expect(await mysql.sql('SELECT COUNT(*) FROM precious')).toBe('1')
        expect((await server.exec('ls /backup | grep before', { reject: false })).stdout).toBe('')
        if (runner !== host) await runner.close()
      },
    )
  })

  it('that do not run are said not to be reached', async () => {
    await server.exec('systemctl stop mariadb postgresql')
    for (const { make } of [mysql, postgresql]) {
      await expect(make().ensure(host)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    }
  })
})
