import { readFile, rm, writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import type { TestProject } from 'vitest/node'
import { testServerProgram } from './test-server.js'

const PACKAGES = [
  ...[
    'openssh-server',
    'sudo',
    'iproute2',
    'cron',
    'curl',
    'rsync',
    'git',
    'git-lfs',
    'subversion',
    'cvs',
    'fish',
    'procps',
  ],
  ...['apache2', 'libapache2-mod-wsgi-py3', 'nginx', 'mariadb-server', 'postgresql'],
  ...[
    'python3-django',
    'python3-mysqldb',
    'python3-psycopg2',
    'python3-venv',
    'python3-pip',
    'python3-coverage',
    'python3-pytest-django',
    'gunicorn',
    'python3-uvicorn',
    'python3-daphne',
    'uwsgi-core',
    'uwsgi-plugin-python3',
    'supervisor',
    'haproxy',
    'socat',
    'celery',
    'redis-server',
    'python3-redis',
    'php-fpm',
    'php-cli',
    'composer',
    'acl',
    'chromium',
  ],
  ...['systemd', 'dbus', 'libpam-systemd', 'util-linux', 'openssl'],
]

/** Whether throwaway servers can be made here, and if not, why. */
export type TestServerSupport =
  | { readonly available: true }
  | { readonly available: false; readonly reason: string }

declare module 'vitest' {
  export interface ProvidedContext {
    testServer: TestServerSupport
  }
}

async function succeeds(program: string, ...words: readonly string[]): Promise<boolean> {
  const { exitCode } = await execa(program, words, { reject: false, stdin: 'ignore' })
  return exitCode === 0
}

async function missingPackages(): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is dpkg's syntax
  const format = '${Package} ${Status}\n'
  const { stdout } = await execa('dpkg-query', ['-W', '-f', format, ...PACKAGES], { reject: false })
  return PACKAGES.filter(name => !stdout.split('\n').includes(`${name} install ok installed`))
}

/** Installs packages, without starting the services that they bring. */
async function install(packages: readonly string[]): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d'
  const kept = await readFile(policy, 'utf8').catch(() => undefined)
  if (kept === undefined) await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await execa('apt-get', ['update', '-qq'], { env, stdin: 'ignore' })
    await execa('apt-get', ['install', '-y', '--no-install-recommends', ...packages], {
      env,
      stdin: 'ignore',
    })
  } finally {
    if (kept === undefined) await rm(policy, { force: true })
  }
}

async function support(): Promise<TestServerSupport> {
  const no = (reason: string) => ({ available: false, reason }) as const
  if (!(await succeeds('test', '-e', '/etc/debian_version'))) return no('this is not Debian')
  if (process.getuid?.() !== 0) return no('only root can make servers out of namespaces')
  if (!(await succeeds('unshare', '-m', '-p', '-f', '-n', '-u', '-i', '-C', 'true'))) {
    return no('this machine does not let us make namespaces')
  }
  const missing = await missingPackages()
  if (missing.length > 0) {
    console.log(`installing ${missing.join(' ')}`)
    try {
      await install(missing)
    } catch (error) {
      return no(
        `packages cannot be installed: ${error instanceof Error ? error.message.split('\n')[0] : error}`,
      )
    }
  }
  return { available: true }
}

/** Once before the integration tests: makes sure that throwaway servers can be made, or says why not. */
export async function setup(project: TestProject): Promise<void> {
  const found = await support()
  if (found.available) await testServerProgram('sweep')
  project.provide('testServer', found)
}

/** Once after them: leaves nothing behind of workers that crashed. */
export async function teardown(): Promise<void> {
  if (process.getuid?.() === 0) await testServerProgram('sweep')
}
