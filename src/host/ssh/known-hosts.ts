import { createHash, createHmac } from 'node:crypto'

/** A line of a known_hosts file. */
export interface KnownHost {
  readonly file: string
  readonly line: number
  readonly revoked: boolean
  /** True for a key that signs certificates: no server shows it as its own. */
  readonly isAuthority: boolean
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, … */
  readonly type: string
  /** The key, base64. */
  readonly key: string
}

/** What known_hosts says of a key that a server shows. */
export type Verdict =
  | { readonly is: 'known' }
  | { readonly is: 'unknown' }
  | { readonly is: 'changed' | 'revoked'; readonly entry: KnownHost }

function globMatches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'i').test(name)
}

function hashMatches(hashed: string, name: string): boolean {
  const [, , salt = '', digest] = hashed.split('|')
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === digest
}

function namesMatch(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return hashMatches(names, name)
  const patterns = names.split(',')
  const refused = patterns.some(each => each.startsWith('!') && globMatches(each.slice(1), name))
  return !refused && patterns.some(each => !each.startsWith('!') && globMatches(each, name))
}

/** The name under which known_hosts lists a server: `host`, or `[host]:port` when the port is not 22. */
export function knownName(address: string, port: number): string {
  const name = address.toLowerCase() // as OpenSSH does before it hashes one
  return port === 22 ? name : `[${name}]:${port}`
}

/**
 * The lines of a known_hosts file that are about a server: plain, hashed, with wildcards or negated, as
 * OpenSSH reads them.
 */
export function knownHostsFor(name: string, content: string, file: string): KnownHost[] {
  return content.split('\n').flatMap((text, index) => {
    const words = text.trim().split(/\s+/)
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined
    const [names, type, key] = words
    if (!names || names.startsWith('#') || !type || !key) return []
    return namesMatch(names, name)
      ? [
          {
            file,
            line: index + 1,
            revoked: marker === '@revoked',
            isAuthority: marker === '@cert-authority',
            type,
            key,
          },
        ]
      : []
  })
}

/** The type that a public key says it has in its first field. */
export function typeOf(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString()
}

/** Judges a server's key by what is known of the server. */
export function judgeKey(key: Buffer, known: readonly KnownHost[]): Verdict {
  const encoded = key.toString('base64')
  const same = known.filter(entry => entry.key === encoded && !entry.isAuthority)
  const revoked = same.find(entry => entry.revoked)
  if (revoked) return { is: 'revoked', entry: revoked }
  if (same.length > 0) return { is: 'known' }
  const other = known.find(entry => !entry.revoked && !entry.isAuthority && entry.type === typeOf(key))
  return other ? { is: 'changed', entry: other } : { is: 'unknown' }
}

/** `SHA256:…`, as OpenSSH prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
}
const OFFERED = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

/** Host key algorithms to offer, those first whose keys we can check: else a server shows another key than the known one. */
export function hostKeyAlgorithms(known: readonly KnownHost[]): string[] {
  const checkable = known
    .filter(entry => !entry.revoked && !entry.isAuthority)
    .flatMap(({ type }) => ALGORITHMS[type] ?? [type])
    .filter(algorithm => OFFERED.includes(algorithm))
  return [...new Set([...checkable, ...OFFERED])]
}
