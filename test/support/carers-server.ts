import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deploy } from 'dye-deploy'
import { execa } from 'execa'
import { inject } from 'vitest'
import { carers, REPOSITORY, sshHost } from './carers.js'
import { ProjectRepository } from './project-repository.js'
import { TestServer } from './test-server.js'

const HOME = '/var/django/carers'

/**
 * A server for the fixture's site, with these services. The virtualenvs of both versions are there: to build them takes seconds, and
 * how they are built is the subject of other tests.
 */
export async function startCarersServer(
  ...services: readonly ('apache2' | 'nginx' | 'mariadb')[]
): Promise<TestServer> {
  const [server, virtualenvs] = await Promise.all([TestServer.start({ with: services }), builtVirtualenvs()])
  await server.exec(
    `install -d -o deploy -g deploy /var/django ${HOME} ${HOME}/.dye && tar -C ${HOME} -xpf -`,
    {
      input: virtualenvs,
    },
  )
  return server
}

/** The store of virtualenvs, as a tar: built by the first who asks, on a server of its own. */
async function builtVirtualenvs(): Promise<Uint8Array> {
  const directory = inject('runDirectory')
  const file = join(directory, 'virtualenvs.tar')
  if (!existsSync(file)) {
    await alone(join(directory, 'virtualenvs.lock'), async () => {
      if (!existsSync(file)) await build(file)
    })
  }
  return readFile(file)
}

async function build(file: string): Promise<void> {
  await using server = await TestServer.start()
  const repository = await ProjectRepository.create(`${file}.project`)
  await repository.version2()
  await repository.pushTo(server, REPOSITORY)
  await using host = sshHost(server)
  for (const tag of ['v1', 'v2']) {
    const { application, database, webServer, ...code } = carers(host, tag)
    const { error } = await deploy(code)
    if (error) throw error
  }
  await writeFile(`${file}.new`, await server.pack(HOME, '.dye/virtualenvs'))
  await rename(`${file}.new`, file)
}

/** Does something while no other process of this machine does it. */
async function alone(lock: string, work: () => Promise<void>): Promise<void> {
  const holder = execa('flock', [lock, 'sh', '-c', 'echo held; cat'])
  await once(holder.stdout, 'data')
  try {
    await work()
  } finally {
    holder.stdin.end()
    await holder
  }
}
