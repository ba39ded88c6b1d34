import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { transpileModule } from 'typescript'
import { ProjectRepository } from '../test/support/project-repository.js'
import { TestServer } from '../test/support/test-server.js'

/** Tag that both sites are deployed from. */
export const TAG = 'bench'

const NAMED = ['apache/production.conf', 'django/website/local_settings.py.production']

/** A server with two repositories of the same Django site: `carers`, and `byhand` under its own name. */
export async function startServer(directory: string): Promise<TestServer> {
  const server = await TestServer.start({ with: ['apache2', 'mariadb'] })
  for (const project of ['carers', 'byhand']) {
    const repository = await ProjectRepository.create(join(directory, project))
    await repository.version2()
    const changes = await Promise.all(
      NAMED.map(async path => [path, (await repository.read(path)).replaceAll('carers', project)] as const),
    )
    await repository.commit(TAG, { ...Object.fromEntries(changes), [TAG]: 'both have one commit more\n' })
    await repository.git('tag', '--force', TAG)
    await repository.pushTo(server, `/srv/git/${project}.git`)
  }
  return server
}

/** The first line of the page of a site. */
export async function pageOf(server: TestServer, project: string): Promise<string> {
  const { stdout } = await server.exec(`curl -sS --max-time 10 -H 'Host: ${project}.test' http://127.0.0.1/`)
  return stdout.split('\n', 1)[0] ?? ''
}

/** Words that make OpenSSH log in to a server, strictly, and with no configuration of its user's. */
export function sshOptions({ identityFile, knownHosts }: TestServer): string[] {
  return [
    ...['-F', 'none', '-i', identityFile, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'],
    ...['-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'StrictHostKeyChecking=yes'],
  ]
}

/** Puts the deployer into a directory as plain JavaScript, beside an installed dye-deploy: nothing but Node runs it. */
export async function installDeployer(directory: string): Promise<string> {
  const source = await readFile(fileURLToPath(new URL('deployer.ts', import.meta.url)), 'utf8')
  const { outputText } = transpileModule(source, { compilerOptions: { target: 9, module: 99 } })
  const file = join(directory, 'deployer.mjs')
  await writeFile(file, outputText)
  await mkdir(join(directory, 'node_modules'))
  await symlink(fileURLToPath(new URL('..', import.meta.url)), join(directory, 'node_modules', 'dye-deploy'))
  return file
}

/** What a program cost whoever waited for it. */
export async function timed(file: string, words: readonly string[], input?: string) {
  const begun = performance.now()
  const { stdout } = await execa(file, words, {
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    env: { NODE_OPTIONS: '' },
  })
  return { ms: performance.now() - begun, stdout }
}
