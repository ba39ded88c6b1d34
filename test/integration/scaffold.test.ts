import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { draftDeployfile, type ScaffoldOptions, scaffold } from 'dye-deploy'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { needsModules, needsTestServer } from '../support/needs.js'
import { HERMETIC_GIT } from '../support/project-repository.js'
import { SCAFFOLDS, WANTED } from '../support/scaffolds.js'
import { localPlace } from '../support/temporary.js'
import { TestServer } from '../support/test-server.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Compiles and checks the projects in the directories that are named, each in a process of its own. */
const CHECK = `
import compileall, os, sys
import django
from django.core.management import call_command

def check(directory):
    website = os.path.join(directory, 'django', 'website')
    assert compileall.compile_dir(directory, quiet=1)
    with open(os.path.join(website, 'private_settings.py'), 'w') as file:
        file.write('SECRET_KEY = "%s"; DB_PASSWORD = "x"' % ('Abc012defg3' * 5))
    os.symlink('local_settings.py.production', os.path.join(website, 'local_settings.py'))
    os.chdir(website)
    sys.path.insert(0, website)
    os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'
    django.setup()
    call_command('check', fail_level='WARNING')
    call_command('makemigrations', check_changes=True, dry_run=True)

failed = []
for directory in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            check(directory)
            status = 0
        except BaseException as error:
            print(directory, repr(error), flush=True)
        os._exit(status)
    if os.waitpid(child, 0)[1] != 0:
        failed.append(directory)
sys.exit(1 if failed else 0)
`

needsModules(['django', 'MySQLdb', 'psycopg2'], 'new projects of all kinds', () => {
  const place = localPlace()

  it('are accepted by Python and by Django', async () => {
    const directories = [...SCAFFOLDS.keys()].map(name => join(place.directory, name))
    for (const [name, options] of SCAFFOLDS)
      await scaffold({ ...options, directory: join(place.directory, name) })
    const { all, exitCode } = await execa('/usr/bin/python3', ['-W', 'ignore', '-c', CHECK, ...directories], {
      reject: false,
      all: true,
    })
    expect(all).not.toContain('Error')
    expect(all?.match(/no issues/g)).toHaveLength(12)
    expect(all?.match(/No changes detected/g)).toHaveLength(12)
    expect(exitCode).toBe(0)
  })
})

/** Makes databases that can be reached from elsewhere, and one user of both who may make others. */
const OPEN_DATABASES = `
  printf '[mysqld]\nbind-address = 0.0.0.0\n' >/etc/mysql/mariadb.conf.d/99-open.cnf && systemctl restart mariadb &&
  mariadb -e "CREATE DATABASE second; CREATE USER ci@'%' IDENTIFIED BY 'ci'; GRANT ALL ON *.* TO ci@'%'" &&
  cd /etc/postgresql/*/main && echo "listen_addresses = '*'" >conf.d/open.conf &&
  echo 'host all ci 0.0.0.0/0 scram-sha-256' >>pg_hba.conf && systemctl restart postgresql &&
  su postgres -c "psql -qc \\"CREATE ROLE ci SUPERUSER LOGIN PASSWORD 'ci'\\" && createdb third"`

needsTestServer('a new project', () => {
  const place = localPlace()
  let server: TestServer
  let home: string

  /** Makes a project for the throwaway server, in the state in which its user has pushed it. */
  async function make(project: string, more: Partial<ScaffoldOptions>): Promise<string> {
    const directory = join(home, project)
    const repository = `/srv/git/${project}.git`
    await scaffold({
      ...WANTED,
      ...more,
      ...{ directory, project, repository },
      host: `deploy@${server.address}`,
      domain: `${project}.test`,
      django: '>=3.2', // what Debian has
    })
    const deployfile = await readFile(join(directory, 'deployfile.ts'), 'utf8')
    await writeFile(
      join(directory, 'deployfile.ts'),
      deployfile.replace(".python('>=3.10')", ".interpreter('/usr/bin/python3').systemSitePackages()"),
    )
    const packages = await readFile(join(directory, 'deploy/pip_packages.txt'), 'utf8')
    const old = packages
      .replace('mysqlclient>=2.2', 'mysqlclient')
      .replace('psycopg[binary]>=3.1', 'psycopg2')
    await writeFile(join(directory, 'deploy/pip_packages.txt'), `--no-index\n${old}`)
    const git = (...words: readonly string[]) => execa('git', words, { cwd: directory, env: HERMETIC_GIT })
    await git('init', '--quiet', '--initial-branch=main')
    await push(directory, 'A new project')
    return directory
  }

  async function push(directory: string, message: string): Promise<void> {
    const repository = `/srv/git/${directory.split('/').at(-1)}.git`
    const options = { cwd: directory, env: HERMETIC_GIT }
    await execa('git', ['add', '--all'], options)
    await execa('git', ['commit', '--quiet', '-m', message], options)
    const { stdout } = await execa('git', ['bundle', 'create', '--quiet', '-', 'main'], {
      ...options,
      encoding: 'buffer',
      stripFinalNewline: false,
    })
    await server.exec(
      `mkdir -p ${repository} && cd ${repository} && { [ -e HEAD ] || git init --quiet --bare -b main; } &&
      chown -R root: . && cat >bundle && git fetch --quiet --force bundle main:main && chown -R deploy: .`,
      { input: stdout },
    )
  }

  /** What a command prints that is given in a project's directory. */
  async function run(directory: string, command: string, more: Readonly<Record<string, string>> = {}) {
    const path = `${join(ROOT, 'node_modules/.bin')}:/usr/bin:${process.env.PATH}`
    const env = { HOME: home, SSH_AUTH_SOCK: '', PATH: path, ...more }
    const { all = '', exitCode } = await execa('sh', ['-c', command], {
      ...{ cwd: directory, env, reject: false, all: true },
    })
    return { all, exitCode }
  }

  /** Runs a script of a project's package.json. */
  async function script(directory: string, name: string, more: Readonly<Record<string, string>> = {}) {
    const { scripts } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
    return run(directory, scripts[name], more)
  }

  const visit = async (project: string, more = '') => {
    const { stdout } = await server.exec(
      `curl -sSL --max-time 10 --resolve ${project}.test:80:127.0.0.1 ${more} http://${project}.test/`,
    )
    return stdout
  }

  /** Does what a visitor does who leaves a note. */
  const leaveNote = async (project: string) => {
    const form = await visit(project, '-c /tmp/cookies')
    const token = /csrfmiddlewaretoken" value="(\w+)"/.exec(form)?.[1] ?? ''
    return visit(project, `-b /tmp/cookies -d text=Hello -d csrfmiddlewaretoken=${token}`)
  }

  /** What a job of continuous integration has in its environment. */
  const ci = () => ({ CI: '1', DB_HOST: server.address, DB_USER: 'ci', DB_PASSWORD: 'ci' })

  beforeAll(async () => {
    server = await TestServer.start({ with: ['apache2', 'mariadb', 'postgresql'] })
    home = join(place.directory, 'home')
    await mkdir(join(home, '.ssh'), { recursive: true })
    await copyFile(server.identityFile, join(home, '.ssh/id_ed25519'))
    await chmod(join(home, '.ssh/id_ed25519'), 0o600)
    await copyFile(server.knownHosts, join(home, '.ssh/known_hosts'))
    await mkdir(join(home, 'node_modules'))
    await symlink(ROOT, join(home, 'node_modules/dye-deploy'))
  })

  afterAll(async () => {
    await server?.stop()
  })

  it('is developed, tested, deployed, and taken back: normal, SQLite, Apache', async () => {
    const directory = await make('first', { database: 'sqlite', webServer: 'apache' })
    const developed = await script(directory, 'develop')
    expect(developed.all).toContain('It is ready: django/website/manage.py runserver')
    expect((await script(directory, 'develop')).all).toContain('There was nothing to do.')
    const tested = await script(directory, 'test')
    expect(tested.all).toMatch(/^# pass 3$[\s\S]*^Ran 4 tests in /m)
    expect(tested.exitCode).toBe(0)
    const { stdout } = await execa('git', ['status', '--porcelain'], { cwd: directory, env: HERMETIC_GIT })
    expect(stdout).toBe('') // all that is made is ignored
    const planned = await script(directory, 'plan')
    expect(planned.all).toContain('notes.0001_initial')
    expect(planned.exitCode).toBe(0)
    const deployed = await script(directory, 'deploy')
    expect(deployed.all).toContain('deployed')
    expect(deployed.exitCode).toBe(0)
    expect(await visit('first')).toContain('Nobody has left a note yet')
    expect(await leaveNote('first')).toContain('Hello')

    const page = join(directory, 'django/website/notes/templates/notes/notes.html')
    await writeFile(page, (await readFile(page, 'utf8')).replace('Welcome to', 'Welcome back to'))
    await push(directory, 'Another word')
    expect((await script(directory, 'deploy')).exitCode).toBe(0)
    expect(await visit('first')).toMatch(/Welcome back to first[\s\S]*Hello/)
    expect((await script(directory, 'rollback')).exitCode).toBe(0)
    expect(await visit('first')).toMatch(/Welcome to first[\s\S]*Hello/)
    const { stdout: log } = await server.exec('journalctl --no-pager -o cat -t deploys')
    expect(log).toMatch(/^first is at [0-9a-f]{40}\nfirst is at [0-9a-f]{40}$/)
  })

  it('is tested as by continuous integration: MySQL, PostgreSQL', async () => {
    const second = await make('second', { kind: 'minimal', database: 'mysql', webServer: 'apache' })
    const third = await make('third', { database: 'postgresql', webServer: 'nginx' })
    await server.exec(OPEN_DATABASES)
    const [mysql, postgresql] = await Promise.all([second, third].map(each => script(each, 'test', ci())))
    expect(mysql?.all).toMatch(/^Ran 2 tests in /m)
    expect(postgresql?.all).toMatch(/^Ran 4 tests in /m)
    expect([mysql?.exitCode, postgresql?.exitCode]).toEqual([0, 0])
    await server.exec('mariadb -e "DROP DATABASE second" && su postgres -c "dropdb third"')
  })

  it('is deployed, also by a deployfile that was drafted from what is there: minimal, MySQL, Apache', async () => {
    const directory = join(home, 'second')
    expect((await script(directory, 'deploy', { CI: '1' })).exitCode).toBe(0)
    expect(await visit('second')).toBe('Welcome to second')
    expect(await visit('first')).toContain('Welcome to first')

    await execa('git', ['remote', 'add', 'origin', '/srv/git/second.git'], { cwd: directory })
    const { text, notes } = await draftDeployfile({ directory, host: `deploy@${server.address}` })
    expect(notes).toEqual([
      '/srv/git/second.git is on this machine: the server may not reach it',
      'the site second.test comes by http until it gets .certificate(chain, key)',
    ])
    const own = text.replace('.requirements', '.systemSitePackages().requirements')
    await writeFile(join(directory, 'drafted.ts'), own)
    const { all, exitCode } = await run(directory, 'tsx drafted.ts')
    expect(all).toContain('deployed')
    expect(exitCode).toBe(0)
    expect(await visit('second')).toBe('Welcome to second')
  })

  it('is deployed: normal, PostgreSQL, nginx', async () => {
    await server.exec('systemctl stop apache2')
    expect((await script(join(home, 'third'), 'deploy', { CI: '1' })).exitCode).toBe(0)
    expect(await leaveNote('third')).toContain('Hello')
    expect(await visit('third')).toMatch(/notes\.css[\s\S]*Hello/)
  })
})
