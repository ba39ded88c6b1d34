import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, inject, it } from 'vitest'

const { directory } = inject('packed')

/** Prints the names of all packages that Node loads. */
const LOADER = `
  import { register } from 'node:module'
  const hooks = \`
    import { writeSync } from 'node:fs'
    export async function resolve(specifier, context, next) {
      const found = await next(specifier, context)
      const name = /.*node_modules\\\\/((?:@[^/]+\\\\/)?[^/]+)/.exec(found.url)?.[1]
      if (name) writeSync(1, 'loads ' + name + '\\\\n')
      return found
    }\`
  register('data:text/javascript,' + encodeURIComponent(hooks))
`

async function loaded(program: string): Promise<readonly string[]> {
  await writeFile(join(directory, 'loader.mjs'), LOADER)
  await writeFile(join(directory, 'start.mjs'), program)
  const { stdout } = await execa('node', ['--import', './loader.mjs', 'start.mjs'], { cwd: directory })
  const names = [...stdout.matchAll(/^loads (.*)$/gm)].map(([, name = '']) => name)
  return [...new Set(names)].filter(name => name !== 'dye-deploy').sort()
}

const AT_ONCE = ['debug', 'ignore', 'is-network-error', 'p-retry']

it('loads at its start only what every deploy needs', async () => {
  expect(await loaded("await import('dye-deploy')")).toEqual(AT_ONCE)
})

it('loads what runs programs when one is run, and nothing of SSH before a host is reached by it', async () => {
  const local = await loaded(
    "const { Host } = await import('dye-deploy'); const host = Host.local(); await host.run`true`; await host.close()",
  )
  expect(local).toContain('execa')
  const ssh = ['node-ssh', 'ssh2', 'ssh-config']
  expect(local.filter(name => ssh.includes(name))).toEqual([])
  const remote = await loaded(`
    const { createServer } = await import('node:net')
    const { ask, Host } = await import('dye-deploy')
    const server = createServer(socket => socket.end()).listen(0, '127.0.0.1', async () => {
      const host = Host.ssh('nobody@127.0.0.1:' + server.address().port)
      await host.runAll([ask\`true\`], { timeout: 2000 }).then(() => process.exit(1), () => {})
      server.close()
    })`)
  expect(remote).toEqual(expect.arrayContaining(['node-ssh', 'ssh2']))
})
