import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Makes sure that one demo at a time uses a directory, by a name that the kernel frees when we end.
 *
 * @returns what holds it, or undefined when another demo does
 */
export async function onlyOne(directory: string): Promise<AsyncDisposable | undefined> {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16)
  const server = createServer().listen(`\0dye-deploy-demo-${name}`)
  const taken = await once(server, 'listening').catch(() => 'taken')
  if (taken === 'taken') return undefined
  return { [Symbol.asyncDispose]: async () => void server.close() }
}
