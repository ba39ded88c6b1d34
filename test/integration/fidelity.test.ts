import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Database,
  type DeployOptions,
  type DeployResult,
  deploy,
  type Host,
  type Plan,
  plan,
  planText,
  rollback,
  Site,
  versions,
  WebServer,
} from 'dye-deploy'
import { FakeHost, type FakePackage } from 'dye-deploy/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BY_NGINX, carers, REPOSITORY, sshHost } from '../support/carers.js'
import { type Changes, carersRepository, FAILING_MIGRATION, FAILS } from '../support/carers-in-memory.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer, type TestServerOptions } from '../support/test-server.js'

const HOME = '/var/django/carers'

/** What is done, one after the other, to a server in memory and to a real one. */
type Scenarios = Readonly<Record<string, (host: Host) => Promise<DeployResult | Plan>>>

const SCENARIOS: Scenarios = {
  'a plan before anything is there': host => plan(carers(host, 'v1')),
  'a first deploy': host => deploy(carers(host, 'v1')),
  'a plan of an update': host => plan(carers(host, 'v2')),
  'an update with a migration': host => deploy(carers(host, 'v2')),
  'the same again, with a file that was uploaded': async host => {
    await host.files.write(`${HOME}/dev/django/website/uploads/photo.txt`, 'kept')
    const result = await deploy(carers(host, 'v2'))
    await host.run`grep -qx kept ${HOME}/dev/django/website/uploads/photo.txt`
    return result
  },
  'a plan of the same again': host => plan(carers(host, 'v2')),
  'a deploy while another one runs': async host => {
    let second: DeployResult | undefined
    const begin = async () => {
      second = await deploy(carers(host, 'v2'))
    }
    await deploy(carers(host, 'v2', { hooks: { preDeploy: begin } }))
    if (!second) throw new Error('it did not begin')
    return second
  },
  'a migration that fails': host => deploy(carers(host, 'failing-migration')),
  'a tag that is not there': host => deploy(carers(host, 'v9')),
  'a hook that fails': host =>
    deploy(carers(host, 'v2', { hooks: { before: { reload: () => Promise.reject(new Error('no')) } } })),
  'a page that lacks a text': host =>
    deploy(
      carers(host, 'v2', {
        webServer: WebServer.apache('apache/production.conf').check('http://carers.test/', {
          contains: 'nobody writes this',
        }),
      }),
    ),
  'a rollback': host => rollback(carers(host, 'v2')),
  'a rollback with its migration': host => rollback({ ...carers(host, 'v2'), databaseBack: 'migrate' }),
  'a rollback that finds none': host => rollback({ ...carers(host, 'v2'), to: 'nonesuch' }),
  'an update afterwards': host => deploy(carers(host, 'v2')),
  'a release that is put by hand in the place of the live link': async host => {
    await host.run`cd ${HOME} && live=$(readlink -f dev) && rm dev && cp -a "$live" dev && touch -d @1700000000 dev`
    return deploy(carers(host, 'v2', { questions: { liveChanges: 'continue' } }))
  },
}

/** The same site, deployed in another way. */
const scenariosOf = (more: Partial<DeployOptions>): Scenarios => ({
  'a first deploy': host => deploy(carers(host, 'v1', more)),
  'an update with a migration': host => deploy(carers(host, 'v2', more)),
  'a migration that fails': host => deploy(carers(host, 'failing-migration', more)),
  'an application that cannot be imported': host => deploy(carers(host, 'broken', more)),
  'a rollback': host => rollback({ ...carers(host, 'v2', more), databaseBack: 'restore' }),
})

const FILE = `${HOME}/shared/django/website/data/site.sqlite3`

/** A server, and what is done to it. */
interface Trial {
  readonly title: string
  readonly with: NonNullable<TestServerOptions['with']>
  readonly packages: readonly FakePackage[]
  readonly scenarios: Scenarios
  /** Of `DATABASES['default']`, in place of MySQL. */
  readonly database?: string
}

const ALWAYS = ['curl', 'git', 'python3', 'sudo'] as const

const TRIALS: readonly Trial[] = [
  {
    title: 'Apache, MySQL',
    with: ['apache2', 'mariadb'],
    packages: [...ALWAYS, 'apache2', 'mariadb'],
    scenarios: SCENARIOS,
  },
  {
    title: 'nginx, gunicorn, PostgreSQL',
    with: ['nginx', 'postgresql'],
    packages: [...ALWAYS, 'nginx', 'postgresql'],
    scenarios: scenariosOf({ ...BY_NGINX, database: Database.postgresql({ name: 'carers' }) }),
    database: `'ENGINE': 'django.db.backends.postgresql', 'NAME': 'carers', 'USER': 'carers', 'PASSWORD': DB_PASSWORD, 'HOST': 'localhost'`,
  },
  {
    title: 'Apache by a Site, SQLite',
    with: ['apache2'],
    packages: [...ALWAYS, 'apache2'],
    scenarios: scenariosOf({
      database: Database.sqlite({ file: FILE }),
      webServer: WebServer.apache(Site.named('carers.test').wsgi('wsgi/wsgi_handler.py')),
    }),
    database: `'ENGINE': 'django.db.backends.sqlite3', 'NAME': '${FILE}'`,
  },
]

/** Puts names in the place of what differs from run to run, each the same one all over a server. */
class Names {
  readonly #names = new Map<string, string>()

  constructor(private readonly host: string) {}

  /** A text with names for what differs. Ten decimal digits are a revision, too, unless they are seconds since 1970. */
  in(text: string): string {
    return text
      .replaceAll(this.host, 'HOST')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replace(/\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d/g, found => this.#name('RELEASE', found))
      .replace(/(?<=RELEASE-\d+-)[0-9a-f]{8}\b/g, found => this.#name('DIGEST', found))
      .replace(/\b[0-9a-f]{40}\b/g, found => this.#name('REVISION', found.slice(0, 10)))
      .replace(/\b[0-9a-f]{16}\b/g, found => this.#name('KEY', found))
      .replace(/\b(?!1[789]\d{8}\b)[0-9a-f]{10}\b/g, found => this.#name('REVISION', found))
      .replace(/\d+(\.\d+)?(?= (KiB|%|ms)\b)|\d+(?= %)/g, 'N')
      .replace(/(?<=dye-plan-)\w+/g, 'PLACE')
      .replace(/\d+(\.\d+)?(?= s\b)/g, 'N')
      .replace(/"milliseconds":\d+/g, '"milliseconds":N')
  }

  #name(kind: string, found: string): string {
    const known = this.#names.get(found)
    if (known !== undefined) return known
    const count = [...this.#names.values()].filter(name => name.startsWith(kind)).length
    const name = `${kind}-${count + 1}`
    this.#names.set(found, name)
    return name
  }
}

/** Links, and mode, owner and group of what is in the project's home. */
async function treeOf(host: Host): Promise<readonly string[]> {
  const { lines } = await host.ask`
    cd ${HOME} 2>/dev/null || exit 0; { find . -type l ! -path '*/.git/*' ! -path './.dye/virtualenvs/*' -printf '%P -> %l\n'
    find . -maxdepth 2 ! -type l ! -path './.dye/mirror/*' ! -name 'today.gz' -printf '%P %y %m %u %g\n'
    find /etc/cron.d /etc/cron.daily /etc/apache2/sites-enabled /etc/apache2/conf-enabled /etc/nginx/sites-enabled /etc/nginx/dye \
      /etc/systemd/system -name '*carers*' -printf '%p %y %m %u %l\n'
    find /run/carers -printf '%p %y %m %u %l\n'
    cat /etc/systemd/system/carers-* /etc/nginx/sites-enabled/carers.conf dev/.dye-site.conf
    cat dev/django/website/urls.py
    find previous -name '*.py' ! -path '*/.git/*' ! -path '*/.ve/*' ! -name private_settings.py -type f -exec sha256sum '{}' + ; }`
  return lines
}

function toldBy(result: DeployResult | Plan, names: Names) {
  if ('pendingMigrations' in result)
    return planText(result)
      .split('\n')
      .map(line => names.in(line))
  return {
    outcome: result.outcome,
    error: result.error && names.in(`${result.error.name}: ${result.error.message.split('\n', 1)[0]}`),
    steps: result.steps.map(({ step, status, note }) => names.in(`${step} ${status}: ${note}`)),
    // what Django itself thinks of settings is not asked in memory
    warnings: result.warnings
      .filter(warning => !warning.startsWith('security.'))
      .map(warning => names.in(warning.split('\n', 1)[0] ?? '')),
    migrations: result.migrations,
    commits: result.commits.map(({ subject }) => subject),
    hasDowntime: result.downtime !== undefined,
    roundTrips: result.roundTrips,
  }
}

async function factsOf(host: Host, result: DeployResult | Plan, names: Names) {
  const journal = await host.files.readText(`${HOME}/.dye/journal.jsonl`).catch(() => 'none')
  const list = await versions(carers(host, 'v2')).catch(error => [error.message])
  return {
    told: toldBy(result, names),
    journal: names.in(journal).split('\n'),
    tree: (await treeOf(host)).map(line => names.in(line)).sort(),
    versions: list.map(({ release, status, live }) => names.in(`${release} ${status} ${live}`)),
  }
}

/** Waits until the processes have ended that were told to. */
const ENDED = "while systemctl list-units --all 'carers-*' | grep -q deactivating; do sleep 0.1; done"

/** Commits on top of version 2, by their tags. */
const CHANGES: Changes = {
  'failing-migration': { [FAILS]: FAILING_MIGRATION },
  broken: { [FAILS]: null, 'wsgi/wsgi_handler.py': "raise ImportError('it is broken')\n" },
}

needsTestServer('a server in memory', () => {
  describe.each(TRIALS)('$title', ({ with: services, packages, scenarios, database }) => {
    let server: TestServer
    let real: Host
    let memory: FakeHost
    let directory: string
    const names: Names[] = []
    const settings = database && {
      'django/website/local_settings.py.production': `from private_settings import DB_PASSWORD\n\nDATABASES = {'default': {${database}}}\n`,
    }

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'dye-deploy-'))
      server = await TestServer.start({ with: services })
      real = sshHost(server)
      const repository = await ProjectRepository.create(join(directory, 'project'))
      if (settings) await repository.commit('v1', settings)
      await repository.version2()
      for (const [tag, files] of Object.entries(CHANGES)) await repository.commit(tag, files)
      await repository.pushTo(server, REPOSITORY)
      const inMemory = await carersRepository(settings || {}, CHANGES)
      memory = FakeHost.server({ repositories: { [REPOSITORY]: inMemory }, packages })
      names.push(new Names(real.name), new Names(memory.name))
    })

    afterAll(async () => {
      await real?.close()
      await server?.stop()
      await rm(directory, { recursive: true, force: true })
    })

    it.each(Object.keys(scenarios))('does as a real one: %s', async name => {
      const act = scenarios[name]
      const [ofReal, ofMemory] = names
      if (!act || !ofReal || !ofMemory) throw new Error('not begun')
      const [expected, found] = await Promise.all([act(real), act(memory)])
      await server.exec(ENDED)
      expect(await factsOf(memory, found, ofMemory)).toEqual(await factsOf(real, expected, ofReal))
    })
  })
})
