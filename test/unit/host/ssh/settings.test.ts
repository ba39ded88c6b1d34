import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SshOptions } from '../../../../src/host/host-options.js'
import { type Surroundings, wayTo } from '../../../../src/host/ssh/settings.js'

describe('the way to a server', () => {
  let around: Surroundings

  beforeAll(async () => {
    const home = await mkdtemp(join(tmpdir(), 'dye-ssh-settings-'))
    around = { home, platform: 'linux', agent: '/run/agent' }
    await mkdir(join(home, '.ssh'))
    await writeFile(
      join(home, '.ssh', 'config'),
      `Host web1
  HostName 192.0.2.1
  User fromconfig
  Port 2222
  ProxyJump gate
Host gate
  User gatekeeper
  ProxyJump outer
Host outer
  IdentityFile ~/.ssh/outer
Host round
  ProxyJump round
Host programmed
  ProxyCommand nc -x proxy %h %p
Host only
  IdentitiesOnly yes
  IdentityFile ~/.ssh/only
`,
    )
  })

  afterAll(() => rm(around.home, { recursive: true, force: true }))

  const way = async (target: string, options: SshOptions = {}) =>
    (await wayTo(target, options, around)).map(({ user, address, port }) => `${user}@${address}:${port}`)
  const last = async (target: string, options: SshOptions = {}, where = around) =>
    (await wayTo(target, options, where)).at(-1)
  const me = userInfo().username

  it('is what the target says, then the configuration, then the defaults', async () => {
    expect(await way('example.org')).toEqual([`${me}@example.org:22`])
    expect(await way('web1', { jump: false })).toEqual(['fromconfig@192.0.2.1:2222'])
    expect(await way('me@web1:23', { jump: false })).toEqual(['me@192.0.2.1:23'])
    expect(await way('me@web1:23', { jump: false, user: 'you', port: 24 })).toEqual(['you@192.0.2.1:24'])
    expect(await way('web1', { configFile: false })).toEqual([`${me}@web1:22`])
  })

  it('leads through the servers of the configuration, and through theirs', async () => {
    expect(await way('web1')).toEqual([`${me}@outer:22`, 'gatekeeper@gate:22', 'fromconfig@192.0.2.1:2222'])
  })

  it('leads through those of the options instead; only the first may have a way of its own', async () => {
    expect(await way('me@a', { jump: 'x, y:23', configFile: false })).toEqual([
      `${me}@x:22`,
      `${me}@y:23`,
      'me@a:22',
    ])
    expect(await way('me@a', { jump: ['gate', 'web1'] })).toEqual([
      `${me}@outer:22`,
      'gatekeeper@gate:22',
      'fromconfig@192.0.2.1:2222',
      'me@a:22',
    ])
    expect(await way('me@a', { jump: { target: 'x', user: 'who', port: 5 } })).toEqual(['who@x:5', 'me@a:22'])
    expect(await way('web1', { jump: [] })).toEqual(['fromconfig@192.0.2.1:2222'])
  })

  it('cannot be made by a program of the configuration, unless another way is given', async () => {
    await expect(way('programmed')).rejects.toThrow('nc -x proxy %h %p')
    expect(await way('me@programmed', { jump: false })).toEqual(['me@programmed:22'])
  })

  it('must not lead in a circle', async () => {
    await expect(way('round')).rejects.toThrow('in a circle')
  })

  it('takes known hosts and configuration along, but no password', async () => {
    const [gate, end] = await wayTo(
      'a',
      { jump: 'x', knownHosts: '/k', configFile: false, password: 'p' },
      around,
    )
    expect(gate?.knownHosts).toEqual(['/k'])
    expect(gate?.options.password).toBeUndefined()
    expect(end?.options.password).toBe('p')
  })

  it.each<[string, SshOptions, string, Partial<Surroundings>, string | undefined]>([
    ['that of the environment', {}, 'a', {}, '/run/agent'],
    ['none where there is none', {}, 'a', { agent: undefined }, undefined],
    [
      'OpenSSH’s on Windows',
      {},
      'a',
      { agent: undefined, platform: 'win32' },
      '\\\\.\\pipe\\openssh-ssh-agent',
    ],
    ['the given one', { agent: '/mine' }, 'a', {}, '/mine'],
    ['none if so given', { agent: false }, 'a', {}, undefined],
    ['none with a key file', { identityFile: '/k' }, 'a', {}, undefined],
    ['none with IdentitiesOnly', {}, 'only', {}, undefined],
  ])('uses an agent: %s', async (_, options, target, more, agent) => {
    expect((await last(target, options, { ...around, ...more }))?.agent).toBe(agent)
  })

  it('finds key files and known hosts in the home', async () => {
    expect((await last('only'))?.identityFiles).toEqual([join(around.home, '.ssh/only')])
    expect((await last('a'))?.identityFiles).toBeUndefined()
    expect((await last('a', { identityFile: ['~/k', '/l'] }))?.identityFiles).toEqual([
      join(around.home, 'k'),
      '/l',
    ])
    expect((await last('a'))?.knownHosts).toEqual([
      join(around.home, '.ssh/known_hosts'),
      '/etc/ssh/ssh_known_hosts',
    ])
    expect((await last('a', { knownHosts: ['~/k', '/l'] }))?.knownHosts).toEqual([
      join(around.home, 'k'),
      '/l',
    ])
  })

  it('has limits', async () => {
    expect(await last('a')).toMatchObject({
      connectTimeoutMs: 20_000,
      keepaliveMs: 30_000,
      hostKey: 'strict',
    })
    expect(await last('a', { connectTimeout: 5, keepalive: 6 })).toMatchObject({
      connectTimeoutMs: 5,
      keepaliveMs: 6,
    })
  })
})
