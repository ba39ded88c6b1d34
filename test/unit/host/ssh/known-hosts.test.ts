import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  fingerprint,
  hostKeyAlgorithms,
  judgeKey,
  knownHostsFor,
  knownName,
} from '../../../../src/host/ssh/known-hosts.js'

function key(type: string, body: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  return Buffer.concat([length, Buffer.from(type), Buffer.from(body)])
}

const ED = key('ssh-ed25519', 'the key')
const OTHER_ED = key('ssh-ed25519', 'another key')
const RSA = key('ssh-rsa', 'an rsa key')
const text = (bytes: Buffer) => bytes.toString('base64')
const salt = Buffer.from('salt of twenty bytes')
const hashed = `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update('web1').digest('base64')}`

describe('known_hosts', () => {
  it.each([
    ['web1', 22, `web1 ssh-ed25519 ${text(ED)}`, 'known'],
    ['web1', 22, `web1,10.0.0.1 ssh-ed25519 ${text(ED)} a comment`, 'known'],
    ['10.0.0.1', 22, `web1,10.0.0.1 ssh-ed25519 ${text(ED)}`, 'known'],
    ['web1', 2222, `web1 ssh-ed25519 ${text(ED)}`, 'unknown'],
    ['web1', 2222, `[web1]:2222 ssh-ed25519 ${text(ED)}`, 'known'],
    ['web1.example.org', 22, `*.example.org ssh-ed25519 ${text(ED)}`, 'known'],
    ['webX', 22, `web? ssh-ed25519 ${text(ED)}`, 'known'],
    ['web1.example.org', 22, `*.example.org,!web1.example.org ssh-ed25519 ${text(ED)}`, 'unknown'],
    ['webxexample', 22, `web.example ssh-ed25519 ${text(ED)}`, 'unknown'],
    ['web1', 22, `${hashed} ssh-ed25519 ${text(ED)}`, 'known'],
    ['web2', 22, `${hashed} ssh-ed25519 ${text(ED)}`, 'unknown'],
    ['web1', 22, `# web1 ssh-ed25519 ${text(ED)}`, 'unknown'],
    ['web1', 22, `@cert-authority web1 ssh-ed25519 ${text(ED)}`, 'unknown'],
    ['web1', 22, `web1 ssh-ed25519 ${text(OTHER_ED)}`, 'changed'],
    ['web1', 22, `web1 ssh-rsa ${text(RSA)}`, 'unknown'],
    ['web1', 22, `web1 ssh-ed25519 ${text(OTHER_ED)}\nweb1 ssh-ed25519 ${text(ED)}`, 'known'],
    ['web1', 22, `web1 ssh-ed25519 ${text(ED)}\n@revoked * ssh-ed25519 ${text(ED)}`, 'revoked'],
    ['web1', 22, '', 'unknown'],
  ])('says of %s, port %i, with %j: %s', (address, port, content, verdict) => {
    const known = knownHostsFor(knownName(address, port), content, 'known_hosts')
    expect(judgeKey(ED, known).is).toBe(verdict)
  })

  it('names file and line of what it holds against a key', () => {
    const known = knownHostsFor('web1', `\n# x\nweb1 ssh-ed25519 ${text(OTHER_ED)}`, '/home/me/known_hosts')
    expect(judgeKey(ED, known)).toMatchObject({ entry: { file: '/home/me/known_hosts', line: 3 } })
  })

  it('offers first the algorithms whose keys can be checked', () => {
    const known = knownHostsFor('web1', `web1 ssh-rsa ${text(RSA)}`, 'f')
    expect(hostKeyAlgorithms(known).slice(0, 2)).toEqual(['rsa-sha2-512', 'rsa-sha2-256'])
    expect(hostKeyAlgorithms([])[0]).toBe('ssh-ed25519')
    expect(hostKeyAlgorithms(known)).not.toContain('ssh-rsa')
  })

  it('prints a fingerprint as OpenSSH does', () => {
    expect(fingerprint(Buffer.from(''))).toBe('SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU')
  })
})
