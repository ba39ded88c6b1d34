import { readdir, readFile } from 'node:fs/promises'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { needsTestServer } from '../support/needs.js'
import { TestServer, testServerProgram } from '../support/test-server.js'

/** Traces that a server leaves on this machine while it is there. */
async function tracesOf(name: string): Promise<string[]> {
  const mounts = await readFile('/proc/self/mounts', 'utf8')
  const { stdout } = await execa('ps', ['-eo', 'args'])
  return [
    ...mounts.split('\n').filter(line => line.includes(name)),
    ...stdout.split('\n').filter(line => line.includes(name) && !line.includes('ps -eo')),
    ...(await readdir('/run/dye-test-server').catch(() => [])).filter(entry => entry === name),
    ...(await readdir('/sys/fs/cgroup/unified/dye-test-server').catch(() => [])).filter(
      entry => entry === name,
    ),
  ]
}

const ssh = (server: TestServer, user: string, command: string) =>
  execa(
    'ssh',
    [
      ...['-F', 'none', '-i', server.identityFile, '-o', `UserKnownHostsFile=${server.knownHosts}`],
      ...['-o', 'StrictHostKeyChecking=yes', '-o', 'ConnectTimeout=3', '-o', 'BatchMode=yes'],
      ...[`${user}@${server.address}`, command],
    ],
    { reject: false, stdin: 'ignore' },
  )

needsTestServer('test servers', () => {
  it('are servers: with systemd, ssh, sudo and services, several at once', async () => {
    const [one, two] = await Promise.all([
      TestServer.start({ with: ['apache2', 'mariadb'] }),
      TestServer.start({ systemd: false }),
    ])
    try {
      expect(one.address).not.toBe(two.address)
      expect((await ssh(one, 'deploy', 'hostname; sudo -n id -un')).stdout).toBe(`${one.name}\nroot`)
      expect((await ssh(two, 'ops', 'sudo -n true')).exitCode).toBe(1)
      expect((await one.exec('systemctl is-system-running; ps -p 1 -o comm=')).stdout).toBe(
        'running\nsystemd',
      )
      expect((await one.exec('curl -sS -o /dev/null -w "%{http_code}" http://127.0.0.1/')).stdout).toBe('200')
      expect((await one.exec('mariadb -N -e "SELECT 1"')).stdout).toBe('1')
      expect(
        (
          await ssh(
            two,
            'deploy',
            `ping -c 1 -W 2 ${one.address} >/dev/null || echo > /dev/tcp/${one.address}/22; echo $?`,
          )
        ).stdout,
      ).toBe('0')
    } finally {
      await Promise.all([one.stop(), two.stop()])
    }
    expect(await Promise.all([tracesOf(one.name), tracesOf(two.name)])).toEqual([[], []])
  })

  it('have a disk that outlives a power cut, and a cable that can be pulled', async () => {
    await using server = await TestServer.start()
    await server.writeFile('/var/kept', 'kept', { owner: 'deploy', mode: '600' })
    await server.kill()
    await server.mend()
    expect((await ssh(server, 'deploy', 'cat /var/kept')).stdout).toBe('kept')
    await server.cut()
    expect((await ssh(server, 'deploy', 'true')).exitCode).toBe(255)
    await server.mend()
    expect((await ssh(server, 'deploy', 'true')).exitCode).toBe(0)
  })

  it.each([2.2, 3.3])(
    'answer at once when mended, though they were asked in vain for %d seconds',
    async s => {
      await using server = await TestServer.start({ systemd: false })
      const greet = (limit: number) =>
        execa('timeout', [String(limit), 'bash', '-c', `read -r line </dev/tcp/${server.address}/22`], {
          reject: false,
        })
      await server.cut()
      await execa('ip', ['neigh', 'del', server.address, 'dev', 'dyebr0'], { reject: false })
      expect((await greet(s)).exitCode).not.toBe(0)
      await server.mend()
      expect((await greet(2)).exitCode).toBe(0)
    },
  )

  it('answer at once at an address that another one had a moment ago', async () => {
    await using _bridge = await TestServer.start() // keeps the network, and with it what it remembers
    for (const name of [`t${process.pid}a`, `t${process.pid}b`]) {
      const address = '10.88.77.7'
      await testServerProgram('up', name, '--owner', String(process.pid), '--addr', address)
      const banner = await execa('bash', ['-c', `read -r -t 2 line </dev/tcp/${address}/22 && echo "$line"`])
      expect(banner.stdout).toContain('SSH-2.0')
      await testServerProgram('down', name)
    }
  })

  it('are swept away when whoever wanted them has crashed', async () => {
    const owner = execa('sleep', ['600'], { reject: false })
    const name = `t${process.pid}x`
    await testServerProgram('up', name, '--owner', String(owner.pid))
    expect(await tracesOf(name)).not.toEqual([])
    owner.kill('SIGKILL')
    await owner
    await testServerProgram('sweep')
    expect(await tracesOf(name)).toEqual([])
  })
})
