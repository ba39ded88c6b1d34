import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** A package index on loopback that has the wheels of a directory, and wants a name and a password. */
export interface PackageServer extends AsyncDisposable {
  readonly url: string
  /** Paths that were asked for with the right password. */
  readonly served: readonly string[]
}

/** Starts a package index; `login` is `name:password`. */
export async function startPackageServer(directory: string, login: string): Promise<PackageServer> {
  const served: string[] = []
  const wanted = `Basic ${Buffer.from(login).toString('base64')}`
  const server = createServer(async (request, response) => {
    if (request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="packages"' }).end('who are you?')
      return
    }
    const path = decodeURIComponent(request.url ?? '/')
    served.push(path)
    const project = /^\/simple\/([^/]+)\/$/.exec(path)?.[1]
    const names = (await readdir(directory)).filter(name => name.startsWith(`${project ?? ''}-`))
    if (project && names.length > 0) {
      response.setHeader('content-type', 'text/html')
      response.end(names.map(name => `<a href="/files/${name}">${name}</a>`).join('\n'))
      return
    }
    const file = /^\/files\/([^/]+)$/.exec(path)?.[1]
    if (file) response.end(await readFile(join(directory, file)))
    else response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/simple/`,
    served,
    async [Symbol.asyncDispose]() {
      await new Promise(resolve => server.close(resolve).closeAllConnections())
    },
  }
}
