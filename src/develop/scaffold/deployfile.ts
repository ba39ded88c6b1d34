import { literal } from '../literal.js'
import type { ResolvedScaffold } from './scaffold-options.js'

/** Where releases are kept on the server. */
const HOME = '/var/django'

/** Directories that all releases share. */
function shared({ kind, database }: ResolvedScaffold): readonly string[] {
  return [
    ...(database === 'sqlite' ? ['django/website/data'] : []),
    ...(kind === 'normal' ? ['django/website/uploads'] : []),
  ]
}

function databaseOf({ project, database, databaseName }: ResolvedScaffold): string {
  if (database !== 'sqlite') return `Database.${database}({ name: ${literal(databaseName)} })`
  const file = `${HOME}/${project}/shared/django/website/data/site.sqlite3`
  return `Database.sqlite({ file: ${literal(file)} })`
}

function releaseOf(scaffold: ResolvedScaffold): string {
  const directories = shared(scaffold).map(literal).join(', ')
  return `Release.under(${literal(HOME)}).keep(5)${directories === '' ? '' : `.share(${directories})`}`
}

function siteOf({ kind, webServer, domain }: ResolvedScaffold): string {
  const start = `Site.named(${literal(domain)})`
  const answerer = webServer === 'nginx' ? '.upstream(gunicorn)' : ".wsgi('wsgi/wsgi_handler.py')"
  if (kind === 'minimal') return start + answerer
  return `${start}
  .files('/static/', 'django/website/static', { hashed: true })
  .files('/uploads/', 'django/website/uploads')
  ${answerer}`
}

/** The text of a project's `deployfile.ts`. */
export function deployfile(scaffold: ResolvedScaffold): string {
  const { project, host, repository, webServer } = scaffold
  const nginx = webServer === 'nginx'
  const names = ['Database', 'type DeployOptions', 'Django', 'git', 'Host', 'Release', 'Site', 'Virtualenv']
  const imported = [...(nginx ? ['AppServer'] : []), ...names, 'WebServer']
  const gunicorn = nginx
    ? "\nconst gunicorn = AppServer.gunicorn('wsgi_handler:application', { directory: 'wsgi', workers: 2 })\n"
    : ''
  return `// deployfile.ts: where ${project} goes, and how. The programs in tasks/ use it.
import {
${imported.map(name => `  ${name},\n`).join('')}} from 'dye-deploy'

export const application = Django.at('django/website')
export const virtualenv = Virtualenv.at('django/website/.ve')
  .requirements('deploy/pip_packages.txt')
  .python('>=3.10')
${gunicorn}
/** With \`.certificate(chain, key)\` it comes by https, and http leads there. */
export const site = ${siteOf(scaffold)}

/** Leaves a line in the log of the server. */
export async function logDeploy(host: Host, revision: string): Promise<void> {
  await host.run\`logger -t deploys -- \${\`${project} is at \${revision}\`}\`
}

export const options: DeployOptions = {
  project: ${literal(project)},
  environment: 'production',
  hosts: [Host.ssh(${literal(host)})],
  source: git(${literal(repository)}).branch('main'),
  release: ${releaseOf(scaffold)},
  virtualenv,
  application,
  database: ${databaseOf(scaffold)},
  webServer: WebServer.${webServer}(site),
${nginx ? '  processes: [gunicorn],\n' : ''}  hooks: {
    postDeploy: ({ host, release }) => logDeploy(host, release.revision),
  },
}
`
}

/** What is installed on the server, as a server in memory knows it. */
function packagesOf({ webServer, database }: ResolvedScaffold): readonly string[] {
  const system = { sqlite: [], mysql: ['mariadb'], postgresql: ['postgresql'] }[database]
  return ['curl', 'git', 'python3', 'sudo', webServer === 'nginx' ? 'nginx' : 'apache2', ...system]
}

/** The text of the test of a project's `deployfile.ts`. */
export function deployfileTest(scaffold: ResolvedScaffold): string {
  const { project, host, domain, repository } = scaffold
  return `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deploy } from 'dye-deploy'
import { FakeHost, FakeRepository } from 'dye-deploy/testing'
import { options, site } from './deployfile.ts'

/** A server in memory, with what README.md installs, that fetches the files of this directory as they are now. */
async function server(): Promise<FakeHost> {
  return FakeHost.server({
    packages: [${packagesOf(scaffold).map(literal).join(', ')}],
    repositories: { ${literal(repository)}: await FakeRepository.fromDirectory(import.meta.dirname) },
  })
}

// whatever branch is checked out here
const deployTo = (host: FakeHost) =>
  deploy({ ...options, hosts: [host], questions: { branchMismatch: 'continue' } })

test('goes to production', () => {
  assert.equal(options.environment, 'production')
  assert.deepEqual(
    options.hosts.map(({ name }) => name),
    [${literal(host)}],
  )
  assert.equal(new URL(site.url).hostname, ${literal(domain)})
})

test('is deployed, and tells the log of the server what is live', async () => {
  const host = await server()
  const { outcome, revision, error } = await deployTo(host)
  assert.ifError(error)
  assert.equal(outcome, 'deployed')
  assert.deepEqual(host.log, [\`${project} is at \${revision}\`])
})

test('leaves the old release live when the new one does not answer', async () => {
  const host = await server()
  const { release } = await deployTo(host)
  const { outcome } = await deployTo(host.failAt({ step: 'check-health', stderr: 'no answer' }))
  assert.equal(outcome, 'rolled-back')
  assert.ok(host.tree('${HOME}/${project}', 1).includes(\`dev -> previous/\${release}\`))
})
`
}
