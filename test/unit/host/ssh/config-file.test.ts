import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { atHome, readSshConfig } from '../../../../src/host/ssh/config-file.js'

describe('the configuration of OpenSSH', () => {
  let home: string
  let file: string

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'dye-ssh-config-'))
    await mkdir(join(home, '.ssh', 'more.d'), { recursive: true })
    file = join(home, '.ssh', 'config')
  })

  beforeEach(() => rm(file, { force: true }))
  afterAll(() => rm(home, { recursive: true, force: true }))

  const read = async (text: string, alias = 'web1', user?: string) => {
    await writeFile(file, text)
    return readSshConfig(file, alias, user, home)
  }

  /** What OpenSSH itself makes of it. */
  const openssh = async (alias: string) => {
    const { stdout } = await execa('ssh', ['-G', '-F', file, alias], { env: { HOME: home } })
    const lines = stdout.split('\n').map(line => /^(\S+) (.*)$/.exec(line)?.slice(1) ?? [])
    return (name: string) => lines.filter(([key]) => key === name).map(([, value]) => value)
  }

  it.each([
    ['an alias', 'Host web1\n  HostName web1.example.org\n  User deploy\n  Port 2222\n'],
    ['the first that fits', 'Host web*\n  User a\nHost web1\n  User b\n  Port 23\nHost *\n  Port 24\n'],
    ['a negated pattern', 'Host web* !web1\n  User a\nHost web? \n  User b\n'],
    ['equals signs, quotes and case', 'HOST=web1\n  hostname="web1.example.org"\n\tUSER = deploy\n'],
    ['a comment', '# Host web1\nHost web1 # mine\n  User deploy\n'],
    ['what is before any section', 'User a\nHost web1\n  User b\n'],
    ['tokens', 'Host web1\n  HostName %h.example.org\n'],
    ['sections for others', 'Host other\n  User a\n  Port 1\n'],
    ['Match host', 'Match host web1\n  User deploy\nMatch originalhost other\n  User no\n'],
    ['Match all', 'Host web1\n  Port 23\nMatch all\n  User deploy\n'],
    ['Windows line ends', 'Host web1\r\n  User deploy\r\n  Port 23\r\n'],
    ['nothing', ''],
  ])('is read as OpenSSH reads it: %s', async (_, text) => {
    const found = await read(text)
    const truth = await openssh('web1')
    expect([found.address ?? 'web1', String(found.port ?? 22)]).toEqual([
      truth('hostname')[0],
      truth('port')[0],
    ])
    const nobody = await execa('id', ['-un'])
    expect(found.user ?? nobody.stdout).toBe(truth('user')[0])
  })

  it('includes files, in their order, as far as their sections fit', async () => {
    await writeFile(join(home, '.ssh', 'more.d', 'b.conf'), 'Host web1\n  User fromb\n  Port 33\n')
    await writeFile(
      join(home, '.ssh', 'more.d', 'a.conf'),
      'Host other\n  User froma\nHost web1\n  Port 32\n',
    )
    await writeFile(join(home, '.ssh', 'more.d', 'ignored.txt'), 'User ignored\n')
    const found = await read('Include more.d/*.conf\nInclude ~/.ssh/missing\nHost web1\n  HostName real\n')
    expect(found).toMatchObject({ user: 'fromb', port: 32, address: 'real' })
  })

  it('includes within a section for those whom it is about, and goes on with it', async () => {
    await writeFile(join(home, '.ssh', 'inner'), 'Host other\n  Port 1\nHost *\n  Port 34\n')
    const text = 'Host web1\n  Include inner\n  User deploy\nHost *\n  Port 99\n'
    expect(await read(text)).toMatchObject({ user: 'deploy', port: 34 })
    expect(await read(text, 'web2')).toMatchObject({ port: 99 })
    expect((await read(text, 'web2')).user).toBeUndefined()
  })

  it('that includes itself is read all the same', async () => {
    expect(await read('Include config\nHost web1\n  User deploy\n')).toMatchObject({ user: 'deploy' })
  })

  it('lists keys, known hosts and servers to go through, with paths made full', async () => {
    const found = await read(
      `Host web1
  IdentityFile ~/.ssh/one
  IdentityFile %d/two_%r_%h_%%
  IdentitiesOnly yes
  UserKnownHostsFile ~/.ssh/known_a ~/.ssh/known_b
  ProxyJump admin@gate:2200, second
  ForwardAgent yes
  ConnectTimeout 7
  IdentityAgent ~/agent.sock
`,
      'web1',
      'deploy',
    )
    expect(found).toEqual({
      identityFiles: [join(home, '.ssh/one'), join(home, 'two_deploy_web1_%')],
      identitiesOnly: true,
      knownHosts: [join(home, '.ssh/known_a'), join(home, '.ssh/known_b')],
      jumps: ['admin@gate:2200', 'second'],
      forwardAgent: true,
      connectTimeoutMs: 7000,
      agent: join(home, 'agent.sock'),
      user: 'deploy',
    })
  })

  it('may switch an agent and the servers to go through off', async () => {
    const found = await read('Host web1\n  ProxyJump none\n  IdentityAgent none\nHost *\n  ProxyJump gate\n')
    expect(found).toMatchObject({ jumps: [], agent: false })
  })

  it.each([
    ['ssh -W %h:%p gate', { jumps: ['gate'] }],
    ['ssh -q -W [%h]:%p me@gate:22', { jumps: ['me@gate:22'] }],
    ['none', {}],
    ['nc -x proxy:1080 %h %p', { proxyCommand: 'nc -x proxy:1080 %h %p' }],
  ])('has a ProxyCommand: %s', async (command, way) => {
    const { jumps, proxyCommand } = await read(`Host web1\n  ProxyCommand ${command}\n`)
    expect({ ...(jumps && { jumps }), ...(proxyCommand && { proxyCommand }) }).toEqual(way)
  })

  it('runs no program and asks no name server', async () => {
    const trap = join(home, 'trap')
    await read(
      `CanonicalizeHostName yes
CanonicalDomains example.invalid
Match exec "touch ${trap}"
  User exec
Host web1
  ProxyCommand touch ${trap}
  User deploy
`,
    ).then(found => expect(found.user).toBe('deploy'))
    await expect(execa('ls', [trap])).rejects.toThrow()
  })

  it('that is not there says nothing', async () => {
    expect(await readSshConfig(join(home, 'none'), 'web1', undefined, home)).toEqual({
      identityFiles: [],
      identitiesOnly: false,
    })
  })

  it.each([
    ['~', '/home/me'],
    ['~/x', '/home/me/x'],
    ['~other/x', '~other/x'],
    ['/x/~', '/x/~'],
  ])('has %s for %s', (path, full) => {
    expect(atHome(path, '/home/me')).toBe(full)
  })
})
