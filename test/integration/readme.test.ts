import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { order } from '../../src/deploy/order.js'
import { page, REPOSITORY } from '../support/carers.js'
import { blocksOf, type CodeBlock, QUOTED_BY_GUIDES } from '../support/documents.js'
import { needsTestServer } from '../support/needs.js'
import { PHP_SITE, phpVersion } from '../support/php-project.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TSX = join(ROOT, 'node_modules/.bin/tsx')

/** Those that the README quotes. */
const EXAMPLES = [
  'deployfile.ts',
  'new-project.ts',
  'plan.ts',
  'doctor.ts',
  'sources.ts',
  'environment.ts',
  'gunicorn.ts',
  'site.ts',
  'php.ts',
  'balancer.ts',
  'custom.ts',
  'report.ts',
  'back.ts',
  'afterwards.ts',
  'pull.ts',
  'develop.ts',
  'ci.ts',
  'server.ts',
  'warm-up.test.ts',
  'whole-deploy.test.ts',
]

const blocks = await blocksOf('README.md')
const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text.trim())

function file(name: string): CodeBlock {
  const block = blocks.find(each => each.file === name)
  if (!block) throw new Error(`the README has no ${name}`)
  return block
}

describe('the README', () => {
  it('has no block of code that is not run here or by the CI', () => {
    expect(commands).toEqual([
      'npm install dye-deploy', // run by test/package, with the packed tarball
      'npm ci && npm run demo', // run by .ci/run and below
      'npm ci && npm test', // run by .ci/run
      'npx tsx deployfile.ts', // run below
    ])
    const others = blocks
      .filter(({ language }) => language !== 'sh')
      .map(block => block.file ?? block.language)
    expect(others).toEqual([
      'deployfile.ts',
      'new-project.ts',
      'text',
      'plan.ts',
      'doctor.ts',
      'sources.ts',
      'environment.ts',
      'gunicorn.ts',
      'site.ts',
      'php.ts',
      'balancer.ts',
      'custom.ts',
      'report.ts',
      'back.ts',
      'afterwards.ts',
      'pull.ts',
      'develop.ts',
      'ci.ts',
      'server.ts',
      'warm-up.test.ts',
      'whole-deploy.test.ts',
    ])
  })

  it('is what the CI runs', async () => {
    const lines = (await readFile(join(ROOT, '.ci/run'), 'utf8')).split('\n')
    expect(lines).toContain('npm ci && npm test')
    expect(lines).toContainEqual(expect.stringMatching(/^npm run demo\b/))
  })

  it('lists the steps as they are', () => {
    const text = blocks.find(({ language }) => language === 'text')?.text ?? ''
    expect(
      text
        .trim()
        .split('\n')
        .map(line => line.split(' ')[0]),
    ).toEqual(order.map(({ name }) => name))
  })

  it('quotes the examples, which are short', async () => {
    for (const name of EXAMPLES) {
      const example = await readFile(join(ROOT, 'examples', name), 'utf8')
      expect(file(name).text).toBe(example)
      expect(example.split('\n').length).toBeLessThanOrEqual(40)
    }
  })

  it('shows a deployfile of fifteen lines or so', () => {
    expect(file('deployfile.ts').text.trim().split('\n').length).toBeLessThanOrEqual(18)
  })
})

needsTestServer('the code in the README', () => {
  let server: TestServer
  let directory: string
  let repository: ProjectRepository

  /** Writes a block as a file, with names of this test in place of example.org's. */
  const write = async ({ file: name, text }: CodeBlock): Promise<string> => {
    const path = join(directory, name ?? '')
    const real = text
      .replace('deploy@web1.example.org', `deploy@${server.address}`)
      .replace('git@git.example.org:carers.git', REPOSITORY)
      .replace(".python('>=3.9')", ".python('>=3.9').systemSitePackages()") // there is no package index
    await writeFile(path, real)
    return path
  }

  const run = (path: string) =>
    execa(TSX, [path], {
      cwd: directory,
      env: { HOME: directory, SSH_AUTH_SOCK: '' },
      reject: false,
      all: true,
    })

  beforeAll(async () => {
    server = await TestServer.start({ with: ['apache2', 'mariadb'] })
    directory = await mkdtemp(join(tmpdir(), 'dye-readme-'))
    await mkdir(join(directory, '.ssh'))
    await copyFile(server.identityFile, join(directory, '.ssh/id_ed25519'))
    await chmod(join(directory, '.ssh/id_ed25519'), 0o600)
    await copyFile(server.knownHosts, join(directory, '.ssh/known_hosts'))
    await mkdir(join(directory, 'node_modules'))
    await symlink(ROOT, join(directory, 'node_modules/dye-deploy'))
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
    repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.pushTo(server, REPOSITORY)
  })

  afterAll(async () => {
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('deploys by the deployfile, with keys from the home directory', async () => {
    const { exitCode, all } = await run(await write(file('deployfile.ts')))
    expect(all).toContain('deployed: ')
    expect(exitCode).toBe(0)
    expect(await page(server)).toContain('carers version 1')
  })

  it('makes a new project', async () => {
    const { all, exitCode } = await run(await write(file('new-project.ts')))
    expect(all).toMatch(/^\d\d files were made\. [\s\S]*^npm run develop /m)
    expect(exitCode).toBe(0)
    expect(await readdir(join(directory, 'carers'))).toContain('deployfile.ts')
  })

  it('deploys with hooks and changed steps, and goes back', async () => {
    await repository.version2()
    await repository.pushTo(server, REPOSITORY)
    const options = await readFile(join(ROOT, 'examples/options.ts'), 'utf8')
    await write({ language: 'ts', file: 'options.ts', text: options })
    const planned = await run(await write(file('plan.ts')))
    expect(planned.all).toMatch(/^migrations: visits.0002_visit_note; the site will be off$/m)
    expect(planned.all).toContain('postDeploy: rebuild the search index')
    expect(planned.exitCode).toBe(0)
    const examined = await run(await write(file('doctor.ts')))
    expect(examined).toMatchObject({ all: 'Nothing is amiss.', exitCode: 0 })
    expect(await page(server)).toContain('carers version 1')
    const custom = await run(await write(file('custom.ts')))
    expect(custom.all).toMatch(/^deployed [0-9a-f]{40} \d+$/m)
    expect(await page(server)).toContain('carers version 2')
    const { stdout } = await server.exec('journalctl --no-pager -o cat -t deploys')
    expect(stdout).toMatch(/^carers is at [0-9a-f]{40}$/)
    const back = await run(await write(file('back.ts')))
    expect(back.all).toMatch(/^\* \S+ live [0-9a-f]{40}$/m)
    expect(back.all).toMatch(/^deployed /m)
    expect(await page(server)).toContain('carers version 1')
  })

  it('shows a deploy in several ways', async () => {
    const { all, exitCode } = await run(await write(file('report.ts')))
    expect(all).toMatch(/^✔ release-lock .*\n[\s\S]*^deployed: /m)
    expect(exitCode).toBe(0)
    const lines = (await readFile(join(directory, 'deploys.jsonl'), 'utf8')).trimEnd().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'ended', result: { outcome: 'deployed' } })
    expect(await readFile(join(directory, 'deploy.html'), 'utf8')).toContain('title="switch-release: changed')
  })

  it('runs commands, dumps, and brings newer packages', async () => {
    const { all, exitCode } = await run(await write(file('afterwards.ts')))
    expect(all).toMatch(
      /^visits\n \[X\] 0001_initial\n \[X\] 0002_visit_note\n\S+\/dbdumps\/by-hand-\S+\.gz \d+\ndeployed$/,
    )
    expect(exitCode).toBe(0)
  })

  it('brings the data here', async () => {
    await server.writeFile('/etc/mysql/mariadb.conf.d/99-open.cnf', '[mysqld]\nbind-address = 0.0.0.0\n')
    await server.exec(
      `systemctl restart mariadb && mariadb -e "CREATE DATABASE dev; CREATE USER dev@'%' IDENTIFIED BY 'dev'; GRANT ALL ON dev.* TO dev@'%'"`,
    )
    await server.exec('echo x >/var/django/carers/shared/django/website/uploads/x.txt')
    const checkout = join(directory, 'here')
    const project = await ProjectRepository.create(checkout)
    await project.commit('dev', {
      'django/website/local_settings.py.dev': `DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'NAME': 'dev', 'USER': 'dev', 'PASSWORD': 'dev', 'HOST': '${server.address}'}}`,
      'django/website/visits/management/commands/anonymise.py':
        'from django.core.management.base import BaseCommand\n\nclass Command(BaseCommand):\n    def handle(self, **options):\n        pass\n',
    })
    const here = {
      cwd: checkout,
      env: { HOME: directory, SSH_AUTH_SOCK: '', PATH: `/usr/bin:${process.env.PATH}` },
    }
    await execa(TSX, [await write(file('develop.ts'))], here)
    const { all, exitCode } = await execa(TSX, [await write(file('pull.ts'))], {
      ...here,
      all: true,
      reject: false,
    })
    expect(all).toMatch(/^(\d+) of \1\ndev \d+\n1$/m)
    expect(exitCode).toBe(0)
  })

  it('names sources of all kinds', async () => {
    const { all, exitCode } = await run(await write(file('sources.ts')))
    expect(all?.split('\n').map(line => line.split(' of ')[0])).toEqual([
      ...[
        'branch main',
        'tag v1.2',
        'branch main',
        'https://svn.example.org/carers/branches/stable',
        'tag v1_2',
      ],
      `the directory ${directory}`,
    ])
    expect(exitCode).toBe(0)
  })

  it('makes a virtualenv and a database, and brings a dump back', async () => {
    await server.exec('install -d -o deploy /srv/site /srv/site/wheels')
    const project = '[project]\nname = "site"\nversion = "1"\ndependencies = []\n'
    await server.writeFile(
      '/srv/site/pyproject.toml',
      `${project}[project.optional-dependencies]\nserver = []\n`,
    )
    const { all, exitCode } = await run(await write(file('environment.ts')))
    expect(all?.split('\n')).toEqual(['there was none for these requirements', 'true', '{}'])
    expect(exitCode).toBe(0)
    expect((await server.exec('mariadb -N -e "SHOW DATABASES LIKE \'site\'"')).stdout).toBe('site')
  })

  it('runs commands on a server, and brings files there', async () => {
    await mkdir(join(directory, 'site', 'css'), { recursive: true })
    for (const name of ['index.html', 'css/site.css', 'css/site.css.map']) {
      await writeFile(join(directory, 'site', name), name)
    }
    const { all, exitCode } = await run(await write(file('server.ts')))
    const lines = all?.split('\n') ?? []
    expect(lines[0]).toBe("[ 'hosts', 'ssh' ]")
    expect(lines.slice(2)).toEqual(['1', '2', '3', '[secret]', expect.stringMatching(/^(rsync|tar) 2$/)])
    expect(exitCode).toBe(0)
    const { stdout } = await server.exec(
      'zcat /tmp/hosts.gz | cmp - /etc/hosts && cd /home/deploy && cat .token && stat -c " %a" .token && find site -type f | sort',
    )
    expect(stdout).toBe('s3cret-t0ken 600\nsite/css/site.css\nsite/index.html')
  })

  it('uses primitives alone, as in examples/primitives.ts', async () => {
    await server.exec(
      'install -d -o deploy /srv/app && mariadb -e "CREATE DATABASE app; CREATE TABLE app.t (x INT)"',
    )
    await server.writeFile('/srv/app/requirements.txt', '# nothing yet\n')
    const text = await readFile(join(ROOT, 'examples/primitives.ts'), 'utf8')
    const path = await write({ language: 'ts', file: 'primitives.ts', text })
    expect((await run(path)).all).toMatch(/^built: .*\n\['json', 'sqlite3'\]\nthe dump has \d{3,} bytes$/)
    expect((await run(path)).all).toMatch(/^not touched: /)
    expect((await server.exec('zcat /backup/today.sql.gz')).stdout).toContain('CREATE TABLE `t`')
  })

  it('makes a checkout ready to run', async () => {
    const checkout = join(directory, 'checkout')
    const project = await ProjectRepository.create(checkout)
    await project.commit('dev', {
      'django/website/local_settings.py.dev': await project.read('django/website/local_settings.py.staging'),
      'django/website/data/README': 'the database of SQLite',
      'django/website/visits/tests.py':
        'from django.test import TestCase\n\nclass T(TestCase):\n    def test(self):\n        pass\n',
    })
    const path = await write(file('develop.ts'))
    const here = {
      cwd: checkout,
      env: { PATH: `/usr/bin:${process.env.PATH}` },
      all: true,
      reject: false,
    } as const
    const first = await execa(TSX, [path], here)
    expect(first.all).toMatch(/^\+ virtualenv .*\n\+ settings .*\n\+ migrations .*\nready for dev$/m)
    expect((await execa(TSX, [path], here)).all).toMatch(/there was nothing to do$/)
    const { exitCode } = await execa(join(checkout, 'django/website/manage.py'), ['check'], { cwd: '/' })
    expect(exitCode).toBe(0)
    const tested = await execa(TSX, [await write(file('ci.ts'))], here)
    expect(tested.all).toMatch(/^Ran 1 test in [\s\S]*\n1 tests, \d+ % of the lines$/m)
    expect(tested.exitCode).toBe(0)
  })

  it('serves the site by nginx and gunicorn', async () => {
    await server.exec('systemctl stop apache2')
    const { all, exitCode } = await run(await write(file('gunicorn.ts')))
    expect(all).toMatch(/^deployed \S+$/)
    expect(exitCode).toBe(0)
    expect(await page(server)).toContain('carers version')
    const { stdout } = await server.exec('pgrep -cf "[g]unicorn.*wsgi_handler"')
    expect(stdout).toBe('4')
  })

  it('serves a site whose configuration is made', async () => {
    await server.exec(`mkdir -p /etc/letsencrypt/live/carers && cd /etc/letsencrypt/live/carers &&
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout privkey.pem -out fullchain.pem \\
        -subj /CN=carers.example.org -addext subjectAltName=DNS:carers.example.org 2>/dev/null &&
      cat fullchain.pem >>/etc/ssl/certs/ca-certificates.crt`)
    const { all, exitCode } = await run(await write(file('site.ts')))
    expect(all).toMatch(/^# Made by dye-deploy: the site of carers\.\nserver \{[\s\S]*^deployed \S+$/m)
    expect(exitCode).toBe(0)
    const { stdout } = await server.exec(
      'curl -sSi --connect-to ::127.0.0.1: https://carers.example.org/ http://www.carers.example.org/',
    )
    expect(stdout).toMatch(
      /^HTTP\/2 200[\s\S]*carers version[\s\S]*^Location: https:\/\/carers.example.org\/\r$/m,
    )
  })

  it('serves a PHP site', async () => {
    await phpVersion(repository, 'php', {
      'nginx/php.conf': PHP_SITE.replaceAll('/var/django', '/var/www'),
    })
    await repository.pushTo(server, REPOSITORY)
    const { all, exitCode } = await run(await write(file('php.ts')))
    expect(all).toMatch(/^deployed \S+$/)
    expect(exitCode).toBe(0)
    expect(await page(server)).toBe('hello php php php no probe')
  })

  it('has no example that no test runs', async () => {
    const examples = (await readdir(join(ROOT, 'examples'))).filter(name => name.endsWith('.ts'))
    expect(examples.sort()).toEqual([...EXAMPLES, ...QUOTED_BY_GUIDES, 'options.ts', 'primitives.ts'].sort())
  })
})

describe('the unit tests in the README', () => {
  it.each(['warm-up.test.ts', 'whole-deploy.test.ts'])('pass: %s', async name => {
    const directory = await mkdtemp(join(tmpdir(), 'dye-readme-'))
    await mkdir(join(directory, 'node_modules'))
    await symlink(ROOT, join(directory, 'node_modules/dye-deploy'))
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
    await writeFile(join(directory, name), file(name).text)
    const { exitCode, stdout } = await execa(TSX, ['--test', name], {
      cwd: directory,
      reject: false,
    })
    await rm(directory, { recursive: true, force: true })
    expect(stdout).toContain('pass 1')
    expect(exitCode).toBe(0)
  })
})
