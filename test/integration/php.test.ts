import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AppServer,
  Database,
  type DeployOptions,
  type DeployResult,
  deploy,
  git,
  type Host,
  Php,
  Release,
  rollback,
  Secret,
  WebServer,
} from 'dye-deploy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { page, REPOSITORY, sshHost } from '../support/carers.js'
import { type DeployEnd, expectNothingOld, Load } from '../support/load.js'
import { needsTestServer } from '../support/needs.js'
import { COMPOSER, COMPOSER_FILES, lockOf, phpVersion } from '../support/php-project.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const VERSIONS = ['p1', 'p2', 'p3']

/** Lists, or runs, what lies in migrations/ and has not been run: the user of the database is that of a shared file. */
const MIGRATE = `sql() { mariadb --defaults-extra-file=config/database.cnf -N "$@"; }
ran=$(sql -e 'SELECT name FROM migrations' 2>/dev/null || :)
cd migrations && for each in *.sql; do
  ! printf '%s\\n' "$ran" | grep -qxF "$each" || continue
  echo "$each"; [ "$1" != run ] || { cd .. && sql <"migrations/$each" && cd migrations; } || exit 1
done
`

const WITH_A_FILE = Release.under('/var/django').keep(5).shareFiles('config/database.cnf')

const MIGRATIONS = [
  `CREATE TABLE migrations (name VARCHAR(99)); CREATE TABLE visits (id INT);
    INSERT INTO migrations VALUES ('001-visits.sql');`,
  `DO SLEEP(1); INSERT INTO visits VALUES (3); INSERT INTO migrations VALUES ('002-slow.sql');`,
  `DELETE FROM visits; SELECT 1 FROM no_such_table;`,
]

const assetsOf = ({ steps }: DeployResult) => {
  const { status, note } = steps.find(({ step }) => step === 'collect-assets') ?? {}
  return { status, note }
}

const said = (version: string) => `hello ${version} ${version} ${version} no probe`

needsTestServer('a PHP site', () => {
  let directory: string
  let server: TestServer
  let host: Host

  const options = (tag: string, more: Partial<DeployOptions> = {}): DeployOptions => ({
    project: 'carers',
    environment: 'production',
    hosts: [host],
    source: git(REPOSITORY).tag(tag),
    release: Release.under('/var/django').keep(5),
    application: Php.at('.').runsAs('web-server').writable(['var/log']),
    processes: [AppServer.phpFpm({ workers: 3, settings: { memory_limit: '64M' } })],
    webServer: WebServer.nginx('nginx/php.conf').check('http://carers.test/', { contains: 'hello' }),
    ...more,
  })

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-php-'))
    server = await TestServer.start({ with: ['nginx', 'mariadb'] })
    host = sshHost(server)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    for (const version of VERSIONS) await phpVersion(repository, version)
    await phpVersion(repository, 'broken', { 'src/One.php': '<?php this is no PHP' })
    await phpVersion(repository, 'unlike', { 'public/index.php': "<?php echo 'something else';" })
    await repository.git('checkout', '--quiet', '--detach', 'p3')
    await phpVersion(repository, 'other-greeting', {
      'packages/greeting/src/Hello.php':
        "<?php\nnamespace Greeting;\nclass Hello { const TEXT = 'hello again'; }\n",
    })
    const twoPackages = {
      ...COMPOSER,
      require: { ...COMPOSER.require, 'carers/probe': '*' },
      'require-dev': {},
    }
    const pinned = { ...COMPOSER_FILES, 'composer.json': JSON.stringify(twoPackages) }
    await phpVersion(repository, 'more-packages', {
      'composer.json': pinned['composer.json'],
      'composer.lock': await lockOf(pinned),
    })
    const unknown = JSON.stringify({ ...COMPOSER, require: { ...COMPOSER.require, 'carers/nothing': '^1' } })
    await phpVersion(repository, 'lock-outdated', { 'composer.json': unknown })
    await phpVersion(repository, 'unknown-package', { 'composer.json': unknown, 'composer.lock': null })
    await repository.git('checkout', '--quiet', '--detach', 'p3')
    await phpVersion(repository, 'without-lock', { 'composer.lock': null })
    await repository.git('checkout', '--quiet', '--detach', 'p3')
    const { packages, ...lock } = JSON.parse(await lockOf(COMPOSER_FILES))
    const [greeting] = packages
    const lockedTo = (more: object) => ({
      'composer.lock': JSON.stringify({ ...lock, packages: [{ ...greeting, ...more }] }),
    })
    await phpVersion(repository, 'other-php', lockedTo({ require: { php: '>=99' } }))
    const dist = { type: 'zip', url: 'http://127.0.0.1:9/x.zip', reference: 'x' }
    await phpVersion(repository, 'unreachable', lockedTo({ dist }))
    for (const [index, _] of MIGRATIONS.entries()) {
      const names = ['001-visits.sql', '002-slow.sql', '003-fails.sql'].slice(0, index + 1)
      const files = names.map((name, at) => [`migrations/${name}`, MIGRATIONS[at] ?? ''])
      await phpVersion(repository, `data-${index + 1}`, {
        ...Object.fromEntries(files),
        'bin/migrations': MIGRATE,
      })
    }
    await repository.pushTo(server, REPOSITORY)
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    if (directory) await rm(directory, { recursive: true })
  })

  it('is deployed with what composer brings, and can write where it has to', async () => {
    const result = await deploy(options('p1'))
    expect(result.error).toBeUndefined()
    expect(await page(server)).toBe(said('p1'))
    const { stdout } = await server.exec(
      'stat -c %U /var/django/carers/dev/var/log/visits; ps -o user= -C php-fpm8.2 | sort -u',
    )
    expect(stdout).toBe('www-data\nwww-data')
  })

  it('is of one release at any moment, and takes packages over', async () => {
    const load = Load.on(server.address)
    const ends: DeployEnd[] = []
    for (const version of ['p2', 'p3', 'p1', 'p2', 'p3', 'p1', 'p2']) {
      const result = await deploy(options(version))
      expect(result.error).toBeUndefined()
      ends.push({ at: performance.now(), text: said(version) })
    }
    await load.answered()
    const { failures, statuses, answers, perSecond } = await load.stop()
    console.log(`${Math.round(perSecond)} requests a second, ${answers.length} in all`)
    expect(failures).toEqual([])
    expect(Object.keys(statuses)).toEqual(['200'])
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(VERSIONS.map(said)))
    expectNothingOld(answers, ends)
    const { stdout } = await server.exec(
      'cd /var/django/carers && stat -c %h dev/vendor/carers/greeting/src/Hello.php dev/vendor/composer/installed.json',
    )
    expect(stdout.split('\n').map(Number)).toEqual([6, 1]) // the live release and five kept ones
  }, 400_000)

  it.each([
    ['broken', '500 from http://carers.test/'],
    ['unlike', 'without the text that is wished for'],
  ])('goes back when it is not well: %s', async (tag, message) => {
    const result = await deploy(options(tag))
    expect(result.outcome).toBe('rolled-back')
    expect(result.error?.message).toContain(message)
    expect(await page(server)).toBe(said('p2'))
  })

  it('goes back when told to', async () => {
    const result = await rollback(options('p2'))
    expect(result.error).toBeUndefined()
    expect(await page(server)).toBe(said('p1'))
  })

  it.each(['group', 'acl'] as const)('can write by %s', async by => {
    const application = Php.at('.').runsAs('web-server').writable(['var/log'], by)
    const result = await deploy(options('p3', { application }))
    expect(result.error).toBeUndefined()
    expect(await page(server)).toBe(said('p3'))
    const { stdout } = await server.exec('stat -c %U /var/django/carers/dev/var/log')
    expect(stdout).toBe('deploy')
  })

  it('is installed as before as long as nothing of composer’s has changed, without writing into other releases', async () => {
    const before = await deploy(options('p2'))
    expect(assetsOf(before)).toEqual({ status: 'unchanged', note: 'as before: 1 directories of packages' })
    const sums = async (release = '') =>
      (
        await server.exec(
          `cd /var/django/carers/previous/${release} && find vendor ! -type d -exec sha256sum {} + | sort`,
        )
      ).stdout
    const older = await sums(before.release)
    expect(older).toContain('vendor/composer/autoload_classmap.php')

    // what is in the package, without a change of the lock file
    const changed = await deploy(options('other-greeting'))
    expect(assetsOf(changed).status).toBe('changed')
    expect(await page(server)).toBe(said('other-greeting').replace('hello', 'hello again'))
    expect(await sums(before.release)).toBe(older)
    expect(await sums(changed.release)).not.toBe(older)

    // what is older than the live release, and what is pinned anew
    expect(assetsOf(await deploy(options('p3'))).status).toBe('unchanged')
    const more = await deploy(options('more-packages'))
    expect(assetsOf(more)).toEqual({ status: 'changed', note: '2 directories of packages' })
    expect(more.warnings.join()).not.toContain('composer.lock')
    expect(await sums(before.release)).toBe(older)
  }, 180_000)

  it('says when nothing is pinned', async () => {
    const result = await deploy(options('without-lock'))
    expect(result.error).toBeUndefined()
    expect(assetsOf(result).note).toBe('1 directories of packages, not pinned')
    expect(result.warnings.join()).toContain('there is no composer.lock')
    expect(assetsOf(await deploy(options('p2'))).status).toBe('unchanged')
  })

  it.each([
    ['lock-outdated', 'LOCK_FILE_OUTDATED', 'carers/nothing'],
    ['unknown-package', 'PACKAGE_NOT_FOUND', 'carers/nothing'],
    ['other-php', 'PACKAGE_NEEDS_OTHER_PLATFORM', 'carers/greeting'],
    ['unreachable', 'PACKAGE_SOURCE_UNREACHABLE', 'carers/greeting'],
  ])('stays as it is when composer fails, which names the package: %s', async (tag, code, name) => {
    const result = await deploy(options(tag))
    expect(result.outcome).toBe('failed-before-switch')
    expect(result.error).toMatchObject({ code, package: name })
    expect(result.error?.message).toContain(name)
    expect(await page(server)).toBe(said('p2'))
  })

  it('migrates by commands of its own: off for as long as that takes, and back with its data if they fail', async () => {
    const password = Secret.of('p#"1\\2')
    const withData = (tag: string, more: Partial<DeployOptions> = {}) =>
      options(tag, {
        release: WITH_A_FILE,
        application: Php.at('.')
          .runsAs('web-server')
          .writable(['var/log'])
          .migrations({ pending: ['sh', 'bin/migrations', 'pending'], run: ['sh', 'bin/migrations', 'run'] }),
        database: Database.mysql({ name: 'visits', user: 'visits', password }),
        ...more,
      })
    await server.writeFile(
      '/tmp/database.cnf',
      '[client]\nuser=visits\npassword="p#\\"1\\\\2"\ndatabase=visits\n',
    )
    await server.exec(
      `runuser -u deploy -- sh -c 'cd /var/django/carers/shared && mkdir -p config && cp /tmp/database.cnf config'`,
    )
    const rows = async () =>
      (
        await server.exec(
          `mariadb -N visits -e 'SELECT name FROM migrations ORDER BY name; SELECT COUNT(*) FROM visits'`,
        )
      ).stdout

    const first = await deploy(withData('data-1'))
    expect(first.error).toBeUndefined()
    expect(first.migrations).toEqual(['001-visits.sql'])
    expect(await rows()).toBe('001-visits.sql\n0')
    await server.exec(`mariadb visits -e 'INSERT INTO visits VALUES (1), (2)'`)

    const moments: number[] = []
    const load = Load.on(server.address, { clients: 4 })
    const second = await deploy(
      withData('data-2', {
        hooks: {
          before: { 'site-off': () => void moments.push(performance.now()) },
          after: { 'site-on': () => void moments.push(performance.now()) },
        },
      }),
    )
    const seen = await load.stop()
    expect(second.error).toBeUndefined()
    expect(second.migrations).toEqual(['002-slow.sql'])
    expect(await rows()).toBe('001-visits.sql\n002-slow.sql\n3')
    expect(seen.failures).toEqual([])
    expect(Object.keys(seen.statuses)).toEqual(['200', '503'])
    const [off = 0, on = 0] = moments
    const refused = seen.answers.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.every(({ at }) => at > off - 1000 && at < on)).toBe(true)
    expect(second.downtime?.milliseconds).toBeGreaterThan(1000)
    expect(await page(server)).toBe(said('data-2'))

    const dumped = await server.exec(`zcat $(ls -t /var/django/carers/dbdumps/* | head -n 1)`)
    expect(dumped.stdout).toContain('INSERT INTO `visits`')
    const third = await deploy(withData('data-3'))
    expect(third.outcome).toBe('rolled-back')
    expect(third.error?.message).toContain('no_such_table')
    expect(await rows()).toBe('001-visits.sql\n002-slow.sql\n3')
    expect(await page(server)).toBe(said('data-2'))
    const fourth = await deploy(withData('data-2'))
    expect(fourth.downtime).toBeUndefined()
  }, 180_000)

  // it has failed once before the switch, on a busy machine, and did not tell why
  it('is served by Apache, too, of one release at any moment', { retry: 1, timeout: 180_000 }, async () => {
    await server.exec('systemctl stop nginx && a2enmod --quiet proxy_fcgi && systemctl start apache2')
    const byApache = (tag: string) =>
      options(tag, {
        release: WITH_A_FILE,
        webServer: WebServer.apache('apache/php.conf').check('http://carers.test/', { contains: 'hello' }),
      })
    const first = await deploy(byApache('p1'))
    expect(first.error).toBeUndefined()
    expect(await page(server)).toBe(said('p1'))
    const load = Load.on(server.address)
    for (const version of ['p2', 'p3', 'p1']) expect((await deploy(byApache(version))).error).toBeUndefined()
    const bad = await deploy(byApache('unlike'))
    if (bad.outcome !== 'rolled-back') console.error(bad.outcome, bad.error)
    expect([bad.outcome, bad.error?.message.split('\n')[0]]).toEqual([
      'rolled-back',
      expect.stringContaining('without the text that is wished for'),
    ])
    const wentBack = performance.now()
    await new Promise(resolve => setTimeout(resolve, 1000))
    const { failures, statuses, answers } = await load.stop()
    expect(failures).toEqual([])
    expect(Object.keys(statuses)).toEqual(['200'])
    expect(new Set(answers.map(({ text }) => text))).toEqual(
      new Set([...VERSIONS.map(said), 'something else']),
    )
    expect(new Set(answers.filter(({ at }) => at > wentBack).map(({ text }) => text))).toEqual(
      new Set([said('p1')]),
    )
  })
})
