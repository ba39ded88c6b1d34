import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { TestServer } from './test-server.js'

const FIXTURE = fileURLToPath(new URL('../fixtures/django-project', import.meta.url))

/** Git as if it were new on this machine: no configuration of its user's. */
export const HERMETIC_GIT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann Author',
  GIT_AUTHOR_EMAIL: 'ann@example.org',
  GIT_COMMITTER_NAME: 'Ann Author',
  GIT_COMMITTER_EMAIL: 'ann@example.org',
}

/** Makes the wheel of a package with one module, which knows its version. */
const MAKE_WHEEL = `
import sys, zipfile
directory, version = sys.argv[1:]
info = 'greeting-%s.dist-info' % version
files = {
    'greeting.py': 'VERSION = %r\\n' % version,
    info + '/METADATA': 'Metadata-Version: 2.1\\nName: greeting\\nVersion: %s\\n' % version,
    info + '/WHEEL': 'Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
}
record = ''.join('%s,,\\n' % name for name in [*files, info + '/RECORD'])
with zipfile.ZipFile('%s/greeting-%s-py3-none-any.whl' % (directory, version), 'w') as wheel:
    for name, text in {**files, info + '/RECORD': record}.items():
        wheel.writestr(zipfile.ZipInfo(name), text)
`

/** Makes a wheel of the package `greeting`, in a version, in a directory. */
export async function makeWheel(directory: string, version: string): Promise<void> {
  await execa('python3', ['-c', MAKE_WHEEL, directory, version])
}

/** A git repository with a Django project in DYE's structure, in several versions. */
export class ProjectRepository {
  private constructor(readonly directory: string) {}

  /** Makes it with version 1, on the branch `main`, tagged `v1`. */
  static async create(directory: string): Promise<ProjectRepository> {
    const repository = new ProjectRepository(directory)
    await cp(join(FIXTURE, 'version-1'), directory, { recursive: true })
    const wheels = join(directory, 'deploy', 'wheels')
    await mkdir(wheels)
    for (const version of ['1.0', '2.0']) await makeWheel(wheels, version)
    await repository.git('init', '--quiet', '--initial-branch=main')
    await repository.#commitAll('Version 1', 'v1')
    return repository
  }

  /** Adds version 2, tagged `v2`: a migration, a requirement and a static file changed, a module removed. */
  async version2(): Promise<void> {
    await cp(join(FIXTURE, 'version-2'), this.directory, { recursive: true })
    const removed = (await readFile(join(FIXTURE, 'version-2.removed'), 'utf8')).trim().split('\n')
    for (const path of removed) await rm(join(this.directory, path))
    await this.#commitAll('Version 2', 'v2')
  }

  /** Adds a commit, and a tag for it; `null` removes a file. */
  async commit(tag: string, changes: Readonly<Record<string, string | null>>): Promise<void> {
    for (const [path, content] of Object.entries(changes)) {
      const file = join(this.directory, path)
      await mkdir(dirname(file), { recursive: true })
      if (content === null) await rm(file)
      else await writeFile(file, content)
    }
    await this.#commitAll(tag, tag)
  }

  /** Reads a file of the work tree. */
  read(path: string): Promise<string> {
    return readFile(join(this.directory, path), 'utf8')
  }

  /** Puts what there is now into a bare repository on a server, owned by `deploy`; made if need be. */
  async pushTo(server: TestServer, path: string): Promise<void> {
    const bundle = await execa('git', ['bundle', 'create', '--quiet', '-', '--all'], {
      cwd: this.directory,
      env: HERMETIC_GIT,
      encoding: 'buffer',
      stripFinalNewline: false, // one bundle in 256 ends in what looks like one
    })
    await server.exec(
      `cat >/tmp/bundle && mkdir -p '${path}' && cd '${path}' && chown -R root: . && { [ -e HEAD ] || git init --quiet --bare; } &&
      git fetch --quiet --force /tmp/bundle '+refs/*:refs/*' && git symbolic-ref HEAD refs/heads/main &&
      rm /tmp/bundle && chown -R deploy: '${path}'`,
      { input: bundle.stdout },
    )
  }

  /** Runs git in the work tree. */
  async git(...words: readonly string[]): Promise<string> {
    const { stdout } = await execa('git', words, { cwd: this.directory, env: HERMETIC_GIT })
    return stdout
  }

  async #commitAll(message: string, tag: string): Promise<void> {
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '-m', message)
    await this.git('tag', '--force', tag)
  }
}
