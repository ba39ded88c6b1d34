import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Host, type HostKeyError, Secret, type SshOptions } from 'dye-deploy'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needsTestServer } from '../support/needs.js'
import { TestServer } from '../support/test-server.js'

const TSX = fileURLToPath(new URL('../../node_modules/.bin/tsx', import.meta.url))

needsTestServer('logging in', () => {
  let server: TestServer
  let directory: string

  const key = (name: string) => join(directory, name)
  const hostOf = (options: SshOptions, user = 'ops') =>
    Host.ssh(`${user}@${server.address}`, { knownHosts: server.knownHosts, configFile: false, ...options })

  const whoami = async (host: Host) => {
    await using here = host
    return (await here.ask`id -un`).stdout
  }

  const failure = async (host: Host) => {
    await using here = host
    return await here.run`true`.catch((error: unknown) => error)
  }

  const sshdSays = async (pattern: string) =>
    Number((await server.exec(`journalctl -u ssh --no-pager | grep -c '${pattern}' || :`)).stdout)

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-login-'))
    server = await TestServer.start()
    const make = (name: string, phrase: string, type = 'ed25519') =>
      execa('ssh-keygen', ['-q', '-t', type, '-N', phrase, '-f', key(name), '-C', name])
    await Promise.all([
      make('encrypted', 'open sesame'),
      make('rsa', '', 'rsa'),
      make('stranger', ''),
      make('agents', ''),
    ])
    for (const name of ['encrypted', 'rsa', 'agents']) {
      const line = await readFile(`${key(name)}.pub`, 'utf8')
      await server.exec('cat >>/home/ops/.ssh/authorized_keys', { input: line })
    }
    await server.writeFile(
      '/etc/ssh/sshd_config.d/test.conf',
      'Match User asked\n  AuthenticationMethods keyboard-interactive\n  KbdInteractiveAuthentication yes\n',
    )
    await server.exec(
      `useradd -m -s /bin/sh asked; printf 'asked:secret\\n' | chpasswd
       sed -i 's/^KbdInteractiveAuthentication no/KbdInteractiveAuthentication yes/' /etc/ssh/sshd_config
       systemctl restart ssh`,
    )
  })

  afterAll(async () => {
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  describe('with a key', () => {
    it('of the kind RSA, or the second of several', async () => {
      expect(await whoami(hostOf({ identityFile: [key('stranger'), key('rsa')] }))).toBe('ops')
    })

    it.each<[string, () => SshOptions['passphrase']]>([
      ['a text', () => 'open sesame'],
      ['a secret', () => Secret.of('open sesame')],
      ['a function', () => async (file: string) => (file.endsWith('encrypted') ? 'open sesame' : 'no')],
    ])('that is encrypted, whose passphrase is %s', async (_, passphrase) => {
      expect(
        await whoami(hostOf({ identityFile: key('encrypted'), passphrase: passphrase() as never })),
      ).toBe('ops')
    })

    it('that is encrypted: says so without a passphrase, and if it does not fit', async () => {
      const identityFile = key('encrypted')
      expect(String(await failure(hostOf({ identityFile })))).toContain('is encrypted')
      const wrong = await failure(hostOf({ identityFile, passphrase: 'canary' }))
      expect(String(wrong)).toContain('does not fit')
      expect(String(wrong)).not.toContain('canary')
    })

    it('asks for a passphrase once, however often it connects', async () => {
      let asked = 0
      const passphrase = () => {
        asked += 1
        return 'open sesame'
      }
      await using host = hostOf({ identityFile: key('encrypted'), passphrase })
      await host.run`true`
      await server.cut('reset')
      await host.run`true`.catch(() => {})
      expect((await host.ask`id -un`).stdout).toBe('ops')
      expect(host.connects).toBe(2)
      expect(asked).toBe(1)
    })

    it('that is not there is named', async () => {
      expect(String(await failure(hostOf({ identityFile: key('none') })))).toContain(key('none'))
    })

    it('of an agent, which the server may use only if that is wanted', async () => {
      const agent = key('agent.sock')
      const started = await execa('ssh-agent', ['-a', agent])
      const pid = Number(/AGENT_PID=(\d+)/.exec(started.stdout)?.[1])
      try {
        await execa('ssh-add', ['-q', key('agents')], { env: { SSH_AUTH_SOCK: agent } })
        expect(await whoami(hostOf({ agent }))).toBe('ops')
        await using plain = hostOf({ agent })
        expect((await plain.ask`echo "\${SSH_AUTH_SOCK:-none}"`).stdout).toBe('none')
        await using forwarding = hostOf({ agent, forwardAgent: true })
        expect((await forwarding.ask`ssh-add -l`).stdout).toContain('agents')
      } finally {
        process.kill(pid)
      }
    })
  })

  describe('with a password', () => {
    const options = (password: SshOptions['password']): SshOptions => ({
      agent: false,
      password: password as never,
    })

    it.each<[string, SshOptions['password']]>([
      ['a text', 'secret'],
      ['a secret', Secret.of('secret')],
      ['a function', async () => 'secret'],
    ])('that is %s', async (_, password) => {
      expect(await whoami(hostOf(options(password)))).toBe('ops')
    })

    it('that is wrong is tried once, even if we are asked to connect again, until the host is closed', async () => {
      const before = await sshdSays('Failed password for ops')
      await using host = hostOf(options('wrong-canary'))
      const errors = [1, 2, 3].map(() => host.run`true`.catch((error: unknown) => error))
      errors.push(host.run`true`.catch((error: unknown) => error))
      for (const error of await Promise.all(errors)) {
        expect(error).toMatchObject({ code: 'LOGIN_FAILED', mayHaveRun: false })
        expect(String(error)).toContain('a password')
        expect(String(error)).not.toContain('wrong-canary')
      }
      expect((await sshdSays('Failed password for ops')) - before).toBe(1)
      await host.close()
      await host.run`true`.catch(() => {})
      expect((await sshdSays('Failed password for ops')) - before).toBe(2)
    })

    it('answers a server that asks for it', async () => {
      expect(await whoami(hostOf(options('secret'), 'asked'))).toBe('asked')
    })

    it('may be answered by a function, question by question', async () => {
      const questions: [string, boolean][] = []
      const answer = async (question: string, isShown: boolean) => {
        questions.push([question, isShown])
        return 'secret'
      }
      expect(await whoami(hostOf({ agent: false, answer }, 'asked'))).toBe('asked')
      expect(questions).toEqual([['Password:', false]])
    })

    it('that is a wrong answer is an answer given once', async () => {
      let asked = 0
      const answer = () => {
        asked += 1
        return 'wrong'
      }
      expect(await failure(hostOf({ agent: false, answer }, 'asked'))).toMatchObject({ code: 'LOGIN_FAILED' })
      expect(asked).toBe(1)
    })
  })

  it('with nothing says so', async () => {
    const error = await failure(hostOf({ agent: false, identityFile: [] }))
    expect(error).toMatchObject({ code: 'LOGIN_FAILED' })
    expect(String(error)).toContain('nothing to offer')
  })

  describe('to a server whose key', () => {
    const policy = (hostKey: SshOptions['hostKey'], knownHosts: string) =>
      hostOf({ identityFile: server.identityFile, hostKey: hostKey as never, knownHosts }, 'deploy')
    const print = async () => {
      const { stdout } = await server.exec('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')
      return stdout.split(' ')[1] ?? ''
    }

    it('is new is accepted and written down, if that is wanted; then it is the known one', async () => {
      const file = join(directory, 'new', 'known_hosts')
      expect(await failure(policy('strict', file))).toMatchObject({ code: 'HOST_KEY_UNKNOWN' })
      expect(await whoami(policy('accept-new', file))).toBe('deploy')
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      const text = await readFile(file, 'utf8')
      expect(text.split('\n')).toHaveLength(2)
      expect(await whoami(policy('accept-new', file))).toBe('deploy')
      expect(await whoami(policy('strict', file))).toBe('deploy')
      expect(await readFile(file, 'utf8')).toBe(text)
    })

    it('is added on a line of its own', async () => {
      const file = join(directory, 'unfinished')
      await writeFile(file, '# no line end')
      expect(await whoami(policy('accept-new', file))).toBe('deploy')
      expect((await readFile(file, 'utf8')).split('\n')[0]).toBe('# no line end')
    })

    it('has changed is refused by accept-new, too, with the command that takes the old line out', async () => {
      const file = join(directory, 'changed')
      const other = (await readFile(`${key('stranger')}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')
      await writeFile(file, `\n${server.address} ${other}\n`)
      const error = (await failure(policy('accept-new', file))) as HostKeyError
      expect(error).toMatchObject({ code: 'HOST_KEY_CHANGED' })
      expect(String(error)).toContain(`${file}, line 2`)
      expect(String(error)).toContain(`ssh-keygen -R '${server.address}' -f '${file}'`)
    })

    it('is the given one is accepted without known_hosts; another one is not', async () => {
      const none = join(directory, 'none')
      expect(await whoami(policy({ fingerprint: await print() }, none))).toBe('deploy')
      const error = await failure(policy({ fingerprint: 'SHA256:other' }, none))
      expect(error).toMatchObject({ code: 'HOST_KEY_CHANGED', fingerprint: await print() })
    })

    it('is signed by an authority that is trusted is told apart', async () => {
      const file = join(directory, 'authority')
      const other = (await readFile(`${key('stranger')}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')
      await writeFile(file, `@cert-authority * ${other}\n`)
      const error = await failure(policy('strict', file))
      expect(error).toMatchObject({ code: 'HOST_KEY_UNKNOWN' })
      expect(String(error)).toContain(`${file}, line 1 trusts, are not supported`)
    })

    it('is not checked: warns each time', async () => {
      const warnings: string[] = []
      const listen = (warning: Error & { code?: string }) => {
        if (warning.code === 'DYE_INSECURE_HOST_KEY') warnings.push(warning.message)
      }
      process.on('warning', listen)
      for (const _ of [1, 2]) expect(await whoami(policy('insecure', '/none'))).toBe('deploy')
      await new Promise(resolve => setImmediate(resolve))
      process.off('warning', listen)
      expect(warnings).toHaveLength(2)
      expect(warnings[0]).toContain(server.address)
    })
  })

  describe('through other servers', () => {
    it('checks each of them, and logs in to each, on one connection of ours', async () => {
      await using second = await TestServer.start({ systemd: false })
      await using third = await TestServer.start({ systemd: false })
      const known = join(directory, 'all_known')
      const files = [server, second, third].map(({ knownHosts }) => readFile(knownHosts, 'utf8'))
      await writeFile(known, (await Promise.all(files)).join(''))
      const { identityFile } = server
      const common = { identityFile, knownHosts: known, configFile: false } as const
      await using host = Host.ssh(`deploy@${third.address}`, {
        ...common,
        jump: [
          { target: `ops@${server.address}`, identityFile },
          { target: `deploy@${second.address}`, identityFile },
        ],
      })
      expect((await host.ask`echo "$SSH_CONNECTION"`).stdout.split(' ')[0]).toBe(second.address)
      expect(host.connects).toBe(1)
      await writeFile(known, [await files[0], await files[2]].join(''))
      const refused = await failure(
        Host.ssh(`deploy@${third.address}`, {
          ...common,
          jump: [
            { target: `ops@${server.address}`, identityFile },
            { target: `deploy@${second.address}`, identityFile },
          ],
        }),
      )
      expect(refused).toMatchObject({ code: 'HOST_KEY_UNKNOWN', host: `deploy@${second.address}` })
    })

    it('by an alias of ~/.ssh/config', async () => {
      const config = join(directory, 'config')
      await writeFile(
        config,
        `Host gate
  HostName ${server.address}
  User ops
Host inner
  HostName 127.0.0.1
  User deploy
  ProxyJump gate
Host *
  IdentityFile ${server.identityFile}
  UserKnownHostsFile ${directory}/config_known
`,
      )
      const text = await readFile(server.knownHosts, 'utf8')
      await writeFile(
        join(directory, 'config_known'),
        `${text}${text.replaceAll(server.address, '127.0.0.1')}`,
      )
      expect(await whoami(Host.ssh('inner', { configFile: config }))).toBe('deploy')
    })

    it('says which of them cannot reach the next', async () => {
      const { identityFile } = server
      const host = Host.ssh(`deploy@${server.address}:9`, {
        ...{ identityFile, knownHosts: server.knownHosts, configFile: false },
        jump: { target: `ops@${server.address}`, identityFile },
      })
      const error = await failure(host)
      expect(error).toMatchObject({ code: 'CONNECT_FAILED', host: `deploy@${server.address}:9` })
      expect(String(error)).toContain('the server before it could not reach it')
    })
  })

  it('leaves a program free to end that forgot to close its host', async () => {
    const program = join(directory, 'forgetful.mts')
    const source = new URL('../../src/index.ts', import.meta.url).pathname
    await writeFile(
      program,
      `import { Host } from ${JSON.stringify(source)}
const [target = '', identityFile = '', knownHosts = ''] = process.argv.slice(2)
const host = Host.ssh(target, { identityFile, knownHosts, configFile: false })
console.log((await host.ask\`sleep 0.5; echo one\`).stdout)
await new Promise(resolve => setTimeout(resolve, 300))
console.log((await host.ask\`echo two\`).stdout)
`,
    )
    const words = [`deploy@${server.address}`, server.identityFile, server.knownHosts]
    const { stdout, timedOut } = await execa(TSX, [program, ...words], { timeout: 20_000, reject: false })
    expect(timedOut).toBe(false)
    expect(stdout).toBe('one\ntwo')
  })

  it('is noticed as lost after the time that was given', async () => {
    await using shaky = await TestServer.start({ systemd: false })
    await using host = Host.ssh(`deploy@${shaky.address}`, {
      identityFile: shaky.identityFile,
      knownHosts: shaky.knownHosts,
      keepalive: 2_000,
    })
    await host.run`true`
    const lost = host.run`sleep 60`.catch((error: unknown) => error)
    await shaky.cut()
    const cut = Date.now()
    expect(await lost).toMatchObject({ code: 'CONNECTION_LOST', mayHaveRun: true })
    expect(Date.now() - cut).toBeLessThan(4_000)
    await shaky.mend()
  })

  it('keeps a quiet connection', async () => {
    await using host = hostOf({ identityFile: server.identityFile, keepalive: 1_500 }, 'deploy')
    expect((await host.ask`sleep 4; echo still here`).stdout).toBe('still here')
    expect(host.connects).toBe(1)
  })
})
