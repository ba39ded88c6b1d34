import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { Host } from '../../../../src/host/host.js'

it.each<[string, (socket: Socket) => void]>([
  ['closes', socket => socket.destroy()],
  ['resets', socket => socket.resetAndDestroy()],
])(
  'tries again, and soon, where a server %s the connection before it says a word',
  async (_, end) => {
    let connections = 0
    const server = createServer(socket => {
      connections += 1
      end(socket)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const connectTimeout = 60_000 // longer than the limit of this test
    await using host = Host.ssh(`nobody@127.0.0.1:${port}`, { connectTimeout })
    await expect(host.run`true`).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    expect(connections).toBeGreaterThan(1)
    server.close()
  },
  30_000,
)
