import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deploy, type Host, rollback, versions } from 'dye-deploy'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { AskingClient } from '../support/asking-client.js'
import { carers, page, REPOSITORY, sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

/** What DYE left on a server: all of root's, but uploads; the site is up. `$1` tells how it kept versions. */
const DYE = `
set -e
home=/var/django/carers previous=$home/previous/2013-09-23_17-52-14
mkdir -p $home/previous $home/dbdumps
export HOME=/root; git config --global --add safe.directory '*'
git clone --quiet ${REPOSITORY} $home/dev && cd $home/dev && git -c advice.detachedHead=false checkout --quiet v1
code=$previous; [ "$1" = flat ] || { mkdir $previous; code=$previous/dev; }
cp -a $home/dev $code
sed -i 's/version 1/version 0/' $code/django/website/urls.py
cd $home/dev/django/website
ln -s local_settings.py.production local_settings.py
printf 'SECRET_KEY = "of DYE"\\nDB_PASSWORD = "of-DYE"\\n' >private_settings.py && chmod 644 private_settings.py
cp -a local_settings.py private_settings.py $code/django/website/
for each in . $code/django/website; do
  python3 -m venv --system-site-packages $each/.ve && $each/.ve/bin/pip install --quiet --no-index --find-links ../../deploy/wheels greeting==1.0
done
mariadb -e "CREATE DATABASE carers CHARACTER SET utf8mb4; CREATE USER carers@localhost IDENTIFIED BY 'of-DYE'; GRANT ALL ON carers.* TO carers@localhost"
.ve/bin/python manage.py migrate --noinput --verbosity 0
mariadb-dump carers | gzip >$previous/db_dump.sql.gz
.ve/bin/python manage.py collectstatic --noinput --verbosity 0
mkdir uploads && echo photo >uploads/photo && chown -R www-data: uploads
echo '# by hand' >>urls.py
echo 'This is DYE’s' >$home/README
ln -s $home/dev/apache/production.conf /etc/apache2/sites-enabled/carers.conf
apache2ctl graceful 2>/dev/null
`

needsTestServer('a server that DYE deployed', () => {
  let server: TestServer
  let host: Host
  let directory: string
  let repository: ProjectRepository

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-adopt-'))
    repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
  })

  afterAll(() => rm(directory, { recursive: true, force: true }))

  describe.each(['flat', 'nested'])('in its %s way', way => {
    beforeEach(async () => {
      server = await TestServer.start({ with: ['apache2', 'mariadb'] })
      host = sshHost(server)
      await repository.pushTo(server, REPOSITORY)
      await server.exec(`bash -s ${way}`, { input: DYE })
      expect(await page(server)).toBe('carers version 1\ngreeting 1.0\nvisits 0\nlegacy present')
    })

    afterEach(async () => {
      await host?.close()
      await server?.stop()
    })

    it('is taken over by the first deploy, without a moment off, and nothing is lost', async () => {
      await page(server, '/add')
      const client = new AskingClient(server.address, 'carers.test')
      let reloadedAt = 0
      const noteTime = () => {
        reloadedAt = Date.now()
      }
      const options = carers(host, 'v1', {
        questions: { liveChanges: 'continue' },
        hooks: { before: { reload: noteTime } },
      })
      const result = await deploy(options)
      await client.stop()
      expect(result.error).toBeUndefined()
      expect(result.warnings.join('\n')).toMatch(/taken over from DYE: 2013-09-23_17-52-14, 20\d\d-/)
      expect(result.warnings.join('\n')).toContain('changed by hand')
      // a web server that gets another configuration, as this one does once, cuts requests off: nothing else may
      const before = client.answers.filter(({ at }) => at < reloadedAt)
      expect(new Set(before.map(({ kind }) => kind))).toEqual(new Set(['carers version 1']))
      expect(before.length).toBeGreaterThan(500)
      expect(await page(server)).toBe('carers version 1\ngreeting 1.0\nvisits 1\nlegacy present')
      const list = await versions(options)
      expect(list.map(({ status, live }) => `${status} ${live}`)).toEqual([
        'live true',
        'previous false',
        'previous false',
      ])
      const [, adopted, older] = list
      const { stdout } = await server.exec(`
        cd /var/django/carers
        tail -n 1 previous/${adopted?.release}/django/website/urls.py
        cat dev/django/website/uploads/photo previous/${adopted?.release}/django/website/uploads/photo
        stat -c %U shared/django/website/uploads
        cat shared/django/website/private_settings.py README.old
        grep -c 'version 0' previous/${older?.release}/django/website/urls.py
        gzip -dc '${older?.dumpAfter}' | tail -n 1 | cut -c 1-17`)
      expect(stdout.split('\n')).toEqual([
        '# by hand',
        ...['photo', 'photo', 'www-data'],
        ...['SECRET_KEY = "of DYE"', 'DB_PASSWORD = "of-DYE"', 'This is DYE’s', '1', '-- Dump completed'],
      ])

      const newer = await deploy(carers(host, 'v2'))
      expect(newer.error).toBeUndefined()
      expect(newer.warnings.join()).not.toContain('taken over')
      expect(await page(server)).toContain('carers version 2\ngreeting 2.0\nvisits 1')
      const back = await rollback({
        ...carers(host, 'v2'),
        to: adopted?.release ?? '',
        databaseBack: 'migrate',
      })
      expect(back.error).toBeUndefined()
      expect(await page(server)).toBe('carers version 1\ngreeting 1.0\nvisits 1\nlegacy present')
    })
  })
})
