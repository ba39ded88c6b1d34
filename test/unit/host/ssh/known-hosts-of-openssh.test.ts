import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fingerprint, judgeKey, knownHostsFor, knownName } from '../../../../src/host/ssh/known-hosts.js'

const hasKeygen = !(await execa('ssh-keygen', ['-?'], { reject: false })).code
const KINDS = ['ed25519', 'ecdsa', 'rsa'] as const

describe.skipIf(!hasKeygen)('a known_hosts file that ssh-keygen made', () => {
  let directory: string
  const keys = new Map<string, string>()
  const keyOf = (kind: string) => Buffer.from(keys.get(kind) ?? '', 'base64')
  const lineOf = (names: string, kind: string) => `${names} ${typeOf(kind)} ${keys.get(kind)}`
  const typeOf = (kind: string) => (kind === 'ecdsa' ? 'ecdsa-sha2-nistp256' : `ssh-${kind}`)

  /** Names hashed by ssh-keygen, as Debian's ssh does by itself. */
  const hashed = async (lines: readonly string[]) => {
    const file = join(directory, 'known_hosts')
    await writeFile(file, `${lines.join('\n')}\n`)
    await execa('ssh-keygen', ['-q', '-H', '-f', file])
    return readFile(file, 'utf8')
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-known-hosts-'))
    for (const kind of KINDS) {
      const file = join(directory, kind)
      await execa('ssh-keygen', ['-q', '-t', kind, '-N', '', '-f', file])
      keys.set(kind, (await readFile(`${file}.pub`, 'utf8')).split(' ')[1] ?? '')
    }
  })

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true })
  })

  it.each([
    ['web1.example.org', 22, 'known'],
    ['192.0.2.7', 22, 'known'],
    ['2001:db8::7', 22, 'known'],
    ['web2', 2222, 'known'],
    ['web2', 22, 'unknown'],
    ['web1.example.org', 2222, 'unknown'],
    ['web1.example.or', 22, 'unknown'],
    ['WEB1.Example.ORG', 22, 'known'],
  ])('with hashed names says of %s, port %i: %s', async (address, port, verdict) => {
    const names = ['web1.example.org,192.0.2.7,2001:db8::7', '[web2]:2222']
    const content = await hashed(names.map(each => lineOf(each, 'ed25519')))
    expect(content).not.toMatch(/^[^|]/m) // nothing but hashes: base64 may have any short name in it by chance
    const known = knownHostsFor(knownName(address, port), content, 'known_hosts')
    expect(judgeKey(keyOf('ed25519'), known).is).toBe(verdict)
  })

  it.each(KINDS)(
    'tells a changed key of the kind %s from one of a kind that it does not have',
    async kind => {
      const other = join(directory, `other-${kind}`)
      await execa('ssh-keygen', ['-q', '-t', kind, '-N', '', '-f', other])
      const shown = Buffer.from((await readFile(`${other}.pub`, 'utf8')).split(' ')[1] ?? '', 'base64')
      const without = KINDS.filter(each => each !== kind).map(each => lineOf('web1', each))
      const judged = (lines: readonly string[]) =>
        judgeKey(shown, knownHostsFor('web1', lines.join('\n'), 'f')).is
      expect(judged(without)).toBe('unknown')
      expect(judged([...without, lineOf('web1', kind)])).toBe('changed')
    },
  )

  it('may have hashed, plain and revoked lines, comments and empty ones side by side', async () => {
    const content = [
      ...['# mine', '', await hashed([lineOf('web1', 'rsa')])],
      ...[`  ${lineOf('web1', 'ed25519')} root@web1`, `@revoked\t${lineOf('*', 'ecdsa')}`],
    ].join('\r\n')
    const known = knownHostsFor('web1', content, 'f')
    expect(KINDS.map(kind => judgeKey(keyOf(kind), known).is)).toEqual(['known', 'revoked', 'known'])
  })

  it.each(KINDS)('has fingerprints like those that ssh-keygen prints: %s', async kind => {
    const { stdout } = await execa('ssh-keygen', ['-l', '-f', join(directory, `${kind}.pub`)])
    expect(fingerprint(keyOf(kind))).toBe(stdout.split(' ')[1])
  })
})
