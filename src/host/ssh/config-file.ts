import { readdirSync, readFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'

/** What the configuration of OpenSSH says about a server; nothing where it says nothing. */
export interface SshConfig {
  readonly address?: string
  readonly user?: string
  readonly port?: number
  readonly identityFiles: readonly string[]
  readonly identitiesOnly: boolean
  /** Socket of an agent; false for `none`. */
  readonly agent?: string | false
  readonly forwardAgent?: boolean
  /** Targets, in order; none for `none`. */
  readonly jumps?: readonly string[]
  /** A program that should make the connection, if it does more than go through another server. */
  readonly proxyCommand?: string
  readonly knownHosts?: readonly string[]
  readonly connectTimeoutMs?: number
}

/** A configuration that says nothing. */
export const NO_CONFIG: SshConfig = { identityFiles: [], identitiesOnly: false }

/** OpenSSH gives up there, too. */
const DEEPEST = 16

/** Text of a file; nothing if it is not there. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Puts `~` into the full. */
export function atHome(path: string, home = homedir()): string {
  return /^~(?=$|[/\\])/.test(path) ? join(home, path.slice(1)) : path
}

function globOf(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`)
}

function filesOf(pattern: string, home: string): readonly string[] {
  const path = atHome(pattern, home)
  const file = isAbsolute(path) ? path : join(home, '.ssh', path)
  if (!/[*?]/.test(basename(file))) return [file]
  try {
    const matching = readdirSync(dirname(file)).filter(name => globOf(basename(file)).test(name))
    return matching.toSorted().map(name => join(dirname(file), name))
  } catch {
    return []
  }
}

function appliesTo(patterns: readonly string[], alias: string): boolean {
  const matches = (pattern: string) => globOf(pattern).test(alias)
  if (patterns.some(pattern => pattern.startsWith('!') && matches(pattern.slice(1)))) return false
  return patterns.some(pattern => !pattern.startsWith('!') && matches(pattern))
}

/**
 * The lines of a file with those that it includes, as far as they are about a server: what follows an include
 * belongs to the section that it stands in. What would run programs or ask for names is left out.
 */
function linesOf(file: string, alias: string, home: string, depth = 0): readonly string[] {
  if (depth > DEEPEST) return []
  let section = 'Host *'
  let applies = true
  return textOf(file)
    .split(/\r?\n/)
    .flatMap(line => {
      const [, keyword = '', rest = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? []
      const words = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
      switch (keyword.toLowerCase()) {
        case 'host':
          section = line
          applies = appliesTo(words, alias)
          return [line]
        case 'match':
          section = line
          applies = !/\b(exec|final|canonical)\b/i.test(rest)
          return [applies ? line : `Host ${NOBODY}`]
        case 'include': {
          const inner = applies ? words.flatMap(word => filesOf(word, home)) : []
          return [...inner.flatMap(each => linesOf(each, alias, home, depth + 1)), section]
        }
        case 'canonicalizehostname':
          return []
        default:
          return [line]
      }
    })
}

/** A name that no server has. */
const NOBODY = '\u0001'

const isYes = (value: string | undefined) => value && /^(yes|true)$/i.test(value)

/** Reads what the configuration says of a server, by the name that it was asked for with. */
export async function readSshConfig(
  file: string,
  alias: string,
  user: string | undefined,
  home = homedir(),
): Promise<SshConfig> {
  const text = linesOf(file, alias, home).join('\n')
  if (text.trim() === '') return NO_CONFIG
  const { parse } = await import('ssh-config')
  const options = { ignoreCase: true, matchExec: false }
  const found = parse(text).compute({ Host: alias, ...(user && { User: user }) }, options)
  const one = (name: string) => {
    const value = found[name]
    return Array.isArray(value) ? value[0] : value
  }
  const several = (name: string) => {
    const value = found[name]
    return value === undefined ? undefined : [value].flat()
  }
  const address = one('hostname')?.replaceAll('%h', alias)
  const expanded = (path: string) => {
    const tokens: Readonly<Record<string, string>> = {
      ...{ '%%': '%', '%d': home, '%h': address ?? alias, '%n': alias, '%u': userInfo().username },
      ...{ '%p': one('port') ?? '22', '%r': user ?? one('user') ?? userInfo().username },
    }
    return atHome(
      path.replace(/%./g, token => tokens[token] ?? token),
      home,
    )
  }
  const [agent, forward, jump, timeout] = [
    'identityagent',
    'forwardagent',
    'proxyjump',
    'connecttimeout',
  ].map(one)
  return {
    ...(address && { address }),
    ...(one('user') && { user: one('user') as string }),
    ...(one('port') && { port: Number(one('port')) }),
    identityFiles: (several('identityfile') ?? []).map(expanded),
    identitiesOnly: Boolean(isYes(one('identitiesonly'))),
    ...(agent &&
      agent !== 'SSH_AUTH_SOCK' && { agent: agent === 'none' ? (false as const) : expanded(agent) }),
    ...(forward && { forwardAgent: Boolean(isYes(forward)) }),
    ...wayOf(jump, several('proxycommand')?.join(' ')),
    ...(several('userknownhostsfile') && { knownHosts: (several('userknownhostsfile') ?? []).map(expanded) }),
    ...(timeout && Number(timeout) > 0 && { connectTimeoutMs: Number(timeout) * 1000 }),
  }
}

/** `ssh -W %h:%p gate`, which is what `ProxyJump gate` was written as before. */
const THROUGH = /^ssh\s+(?:-q\s+)?-W\s+\[?%h\]?:%p\s+(\S+)$/

function wayOf(
  jump: string | undefined,
  command: string | undefined,
): Pick<SshConfig, 'jumps' | 'proxyCommand'> {
  if (jump?.toLowerCase() === 'none') return { jumps: [] }
  if (jump) return { jumps: jump.split(',').map(each => each.trim()) }
  if (command === undefined || command.toLowerCase() === 'none') return {}
  const through = THROUGH.exec(command)?.[1]
  return through ? { jumps: [through] } : { proxyCommand: command }
}
