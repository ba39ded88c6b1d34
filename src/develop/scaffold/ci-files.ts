import type { ResolvedScaffold } from './scaffold-options.js'

interface Service {
  readonly image: string
  /** Variables of the service. */
  readonly variables: Readonly<Record<string, string>>
  readonly user: string
  readonly port: number
  /** Succeeds in the service when it answers. */
  readonly health: string
}

function serviceOf({ database, databaseName }: ResolvedScaffold): Service | undefined {
  if (database === 'sqlite') return undefined
  if (database === 'mysql') {
    return {
      image: 'mariadb:lts',
      variables: { MARIADB_ROOT_PASSWORD: 'ci', MARIADB_DATABASE: databaseName },
      user: 'root',
      port: 3306,
      health: 'healthcheck.sh --connect --innodb_initialized',
    }
  }
  return {
    image: 'postgres:17',
    variables: { POSTGRES_PASSWORD: 'ci', POSTGRES_DB: databaseName },
    user: 'postgres',
    port: 5432,
    health: 'pg_isready',
  }
}

const indented = (depth: number, lines: readonly string[]) =>
  lines.map(line => `${' '.repeat(depth)}${line}\n`).join('')

const pairs = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => `${name}: '${value}'`)

const login = (service: Service, host: string) => ({
  DB_HOST: host,
  DB_USER: service.user,
  DB_PASSWORD: 'ci',
})

function onGithub(service: Service | undefined): string {
  if (!service) return ''
  const { image, variables, port, health } = service
  return indented(4, [
    'env:',
    ...pairs(login(service, '127.0.0.1')).map(line => `  ${line}`),
    'services:',
    '  database:',
    `    image: ${image}`,
    '    env:',
    ...pairs(variables).map(line => `      ${line}`),
    `    ports: ['${port}:${port}']`,
    `    options: --health-cmd "${health}" --health-interval 5s --health-retries 20`,
  ])
}

const NODE_ON_GITHUB = `      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22, cache: npm }
`

/** A workflow of GitHub Actions. */
function github(scaffold: ResolvedScaffold): string {
  return `name: ci
on:
  push:
  pull_request:
  workflow_dispatch: # "Run workflow" deploys what main has

permissions:
  contents: read

jobs:
  test:
    runs-on: ubuntu-latest
${onGithub(serviceOf(scaffold))}    steps:
${NODE_ON_GITHUB}      - uses: actions/setup-python@v5
        with: { python-version: '3.13' }
      - run: npm ci
      - run: npm run typecheck
      - run: npm test

  deploy:
    needs: test
    if: github.event_name == 'workflow_dispatch' && github.ref == 'refs/heads/main'
    runs-on: ubuntu-latest
    environment: production
    concurrency: production
    steps:
${NODE_ON_GITHUB}      - run: npm ci
      - run: |
          install -m 600 -D <(echo "$DEPLOY_KEY") ~/.ssh/id_ed25519
          echo "$KNOWN_HOSTS" >> ~/.ssh/known_hosts
        env:
          DEPLOY_KEY: \${{ secrets.DEPLOY_KEY }}
          KNOWN_HOSTS: \${{ vars.KNOWN_HOSTS }}
      - run: npm run deploy
`
}

function onGitlab(service: Service | undefined): string {
  if (!service) return ''
  return indented(2, [
    'services:',
    `  - { name: '${service.image}', alias: database }`,
    'variables:',
    ...pairs({ ...service.variables, ...login(service, 'database') }).map(line => `  ${line}`),
  ])
}

/** A pipeline of GitLab. */
function gitlab(scaffold: ResolvedScaffold): string {
  return `default:
  image: node:22
  before_script:
    - npm ci

test:
  stage: test
${onGitlab(serviceOf(scaffold))}  script:
    - apt-get update -q && apt-get install -qy --no-install-recommends python3-venv python3-dev
    - npm run typecheck
    - npm test

deploy:
  stage: deploy
  environment: production
  resource_group: production
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      when: manual
  script:
    - install -m 600 -D "$DEPLOY_KEY_FILE" ~/.ssh/id_ed25519
    - cat "$KNOWN_HOSTS_FILE" >> ~/.ssh/known_hosts
    - npm run deploy
`
}

/** The file by which continuous integration runs the tests of a project, and deploys it on demand: text by path. */
export function ciFiles(scaffold: ResolvedScaffold): Readonly<Record<string, string>> {
  if (scaffold.ci === 'github') return { '.github/workflows/ci.yml': github(scaffold) }
  if (scaffold.ci === 'gitlab') return { '.gitlab-ci.yml': gitlab(scaffold) }
  return {}
}
