import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DeployResult,
  deploy,
  type Host,
  type Plan,
  plan,
  planText,
  rollback,
  versions,
  WebServer,
} from 'dye-deploy'
import { FakeHost } from 'dye-deploy/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { carers, REPOSITORY, sshHost } from '../support/carers.js'
import { carersRepository, FAILING_MIGRATION } from '../support/carers-in-memory.js'
import { needsTestServer } from '../support/needs.js'
import { ProjectRepository } from '../support/project-repository.js'
import { TestServer } from '../support/test-server.js'

const HOME = '/var/django/carers'

/** What is done, one after the other, to a server in memory and to a real one. */
const SCENARIOS: Readonly<Record<string, (host: Host) => Promise<DeployResult | Plan>>> = {
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

/** Puts names in the place of what differs from run to run, each the same one all over a server. */
class Names {
  readonly #names = new Map<string, string>()

  constructor(private readonly host: string) {}

  in(text: string): string {
    return text
      .replaceAll(this.host, 'HOST')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replace(/\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d/g, found => this.#name('RELEASE', found))
      .replace(/\b[0-9a-f]{40}\b/g, found => this.#name('REVISION', found.slice(0, 10)))
      .replace(/\b[0-9a-f]{16}\b/g, found => this.#name('KEY', found))
      .replace(/\b(?=\d*[a-f])[0-9a-f]{10}\b/g, found => this.#name('REVISION', found))
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
    find /etc/cron.d /etc/cron.daily /etc/apache2/sites-enabled /etc/apache2/conf-enabled -name '*carers*' -printf '%p %y %m %u %l\n'
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

needsTestServer('a server in memory', () => {
  let server: TestServer
  let real: Host
  let memory: FakeHost
  let directory: string
  const names: Names[] = []

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-deploy-'))
    server = await TestServer.start({ with: ['apache2', 'mariadb'] })
    real = sshHost(server)
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await repository.version2()
    await repository.commit('failing-migration', {
      'django/website/visits/migrations/0003_fail.py': FAILING_MIGRATION,
    })
    await repository.pushTo(server, REPOSITORY)
    memory = FakeHost.server({ repositories: { [REPOSITORY]: await carersRepository() } })
    names.push(new Names(real.name), new Names(memory.name))
  })

  afterAll(async () => {
    await real?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it.each(Object.keys(SCENARIOS))('does as a real one: %s', async name => {
    const act = SCENARIOS[name]
    const [ofReal, ofMemory] = names
    if (!act || !ofReal || !ofMemory) throw new Error('not begun')
    const [expected, found] = await Promise.all([act(real), act(memory)])
    expect(await factsOf(memory, found, ofMemory)).toEqual(await factsOf(real, expected, ofReal))
  })
})
