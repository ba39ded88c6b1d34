import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ask, CommandError, ConnectionError, change, Host, HostKeyError, Secret } from 'dye-deploy'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sshHost } from '../support/carers.js'
import { needsTestServer } from '../support/needs.js'
import { TestServer } from '../support/test-server.js'

needsTestServer('a host over SSH', () => {
  let server: TestServer
  let directory: string
  let host: Host

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-ssh-'))
    server = await TestServer.start()
    host = sshHost(server)
  })

  afterAll(async () => {
    await host?.close()
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('uses one connection for all that it is asked', async () => {
    const fresh = sshHost(server)
    await Promise.all([fresh.run`true`, fresh.within('/').run`true`, fresh.as('root').run`true`])
    const session = fresh.ownSession()
    await session.run`true`
    await session.closeSession()
    expect(fresh.connects).toBe(1)
    await fresh.close()
  })

  it('hangs up when the last piece of work has given it back, and not before', async () => {
    const fresh = sshHost(server)
    const [long, short] = [fresh.lend(), fresh.lend()]
    await Promise.all([long.host.run`true`, short.host.run`true`])
    const slow = long.host.run`sleep 1; echo done`
    await short.giveBack()
    expect((await slow).stdout).toBe('done')
    await long.host.run`true`
    expect(fresh.connects).toBe(1)
    await long.giveBack()
    await fresh.run`true`
    expect(fresh.connects).toBe(2) // it had been ended
    const again = fresh.lend()
    await again.host.run`true`
    await again.giveBack()
    await fresh.run`true`
    expect(fresh.connects).toBe(2) // it was there before it was lent
    await fresh.close()
  })

  it.each([
    ['unknown', async (_: string) => '', 'HOST_KEY_UNKNOWN'],
    [
      'changed',
      async (known: string) => {
        await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, 'other')])
        const other = (await readFile(join(directory, 'other.pub'), 'utf8')).split(' ')[1] ?? ''
        return known.replace(/AAAA\S+/, other)
      },
      'HOST_KEY_CHANGED',
    ],
    ['revoked', async (known: string) => `${known}\n@revoked ${known}`, 'HOST_KEY_REVOKED'],
  ])('is refused before anything is sent when its key is %s', async (_, rewrite, code) => {
    const knownHosts = join(directory, code)
    await writeFile(knownHosts, await rewrite(await readFile(server.knownHosts, 'utf8')))
    const stranger = Host.ssh(`deploy@${server.address}`, {
      knownHosts,
      password: Secret.of('canary-password'),
    })
    const refused = await stranger.run`true`.catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(HostKeyError)
    expect(refused).toMatchObject({ code, fingerprint: expect.stringMatching(/^SHA256:/) })
    expect(String(refused)).toContain('SHA256:')
    const { stdout } = await server.exec('journalctl -u ssh --no-pager | grep -c "password for deploy" || :')
    expect(stdout).toBe('0')
    await stranger.close()
  })

  it('tries a wrong password once', async () => {
    const options = {
      knownHosts: server.knownHosts,
      agent: false,
      password: Secret.of('wrong-canary'),
    } as const
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, 'stranger')])
    const stranger = Host.ssh(`ops@${server.address}`, {
      ...options,
      identityFile: join(directory, 'stranger'),
    })
    const refused = await stranger.run`true`.catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ConnectionError)
    expect(refused).toMatchObject({ code: 'LOGIN_FAILED', mayHaveRun: false })
    expect(String(refused)).not.toContain('wrong-canary')
    const { stdout } = await server.exec(
      'journalctl -u ssh --no-pager | grep -c "Failed password for ops" || :',
    )
    expect(Number(stdout)).toBeLessThanOrEqual(1)
    await stranger.close()
  })

  it('logs in with a password', async () => {
    const options = { knownHosts: server.knownHosts, agent: false, password: Secret.of('secret') } as const
    await using ops = Host.ssh(`ops@${server.address}`, {
      ...options,
      identityFile: join(directory, 'stranger'),
    })
    expect((await ops.ask`id -un`).stdout).toBe('ops')
  })

  it('says that a command may have run when its connection is lost, then connects anew', async () => {
    const lost = host.run`sleep 30`.catch((error: unknown) => error)
    await new Promise(resolve => setTimeout(resolve, 300))
    await server.cut('reset')
    const error = await lost
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', mayHaveRun: true })
    expect((await host.ask`echo again`).stdout).toBe('again')
  })

  it('does not let small packets wait: a command on a near server takes a moment only', async () => {
    await host.run`true`
    const times: number[] = []
    for (let turn = 0; turn < 25; turn += 1) {
      const begun = performance.now()
      await host.run`true`
      times.push(performance.now() - begun)
    }
    // with Nagle's algorithm it would be 40 ms and more, each
    expect(times.toSorted((a, b) => a - b)[12]).toBeLessThan(30)
  })

  it('ends a remote process when the time is up', async () => {
    await expect(host.runAll([change`sleep 456.7`], { timeout: 300 })).rejects.toMatchObject({
      code: 'TIMED_OUT',
    })
    const gone = await server.exec('pgrep -f "^sleep 456.7" || echo gone')
    expect(gone.stdout).toBe('gone')
  })

  it('shows no secret in a process list', async () => {
    const secret = Secret.of('canary-in-argv')
    const running = host.runAll([
      ask`cat >/dev/null; sleep 1; printf %s ${secret} | wc -c`.withStdin(secret).withEnv({ S: secret }),
      ask`sleep 1; : ${secret}`.asRoot(),
    ])
    let seen = ''
    const end = Date.now() + 1800
    while (Date.now() < end) seen += (await server.exec("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).stdout
    expect((await running)[0]?.stdout).toBe('14')
    expect(seen).toContain('sleep 1')
    expect(seen).not.toContain('canary-in-argv')
  })

  it('cannot be reached: says so, and did nothing', async () => {
    const nowhere = Host.ssh(`deploy@${server.address}:1`, { knownHosts: server.knownHosts, agent: false })
    const error = await nowhere.run`true`.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', mayHaveRun: false })
    expect(error).not.toBeInstanceOf(CommandError)
  })
})
