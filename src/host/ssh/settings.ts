import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { OptionError } from '../../errors/option-error.js'
import { type HostKeyPolicy, type Jump, parseTarget, type SshOptions } from '../host-options.js'
import { atHome, NO_CONFIG, readSshConfig, type SshConfig } from './config-file.js'

/** One leg of the way to a server, with all that is needed to take it. */
export interface SshSettings {
  /** As it was named in the options. */
  readonly name: string
  readonly user: string
  readonly address: string
  readonly port: number
  /** Files that were asked for; undefined: those that are there by default. */
  readonly identityFiles: readonly string[] | undefined
  readonly agent: string | undefined
  readonly forwardAgent: boolean
  readonly hostKey: HostKeyPolicy
  readonly knownHosts: readonly string[]
  readonly connectTimeoutMs: number
  readonly keepaliveMs: number
  readonly options: SshOptions
}

/** What of the controller decides how to connect. */
export interface Surroundings {
  readonly home: string
  readonly platform: NodeJS.Platform
  readonly agent: string | undefined
}

const WINDOWS_AGENT = '\\\\.\\pipe\\openssh-ssh-agent'
const MOST_JUMPS = 16

function surroundings(): Surroundings {
  return { home: homedir(), platform: process.platform, agent: process.env.SSH_AUTH_SOCK }
}

/** The way to a server: the settings of each server to go through, in order, then its own. */
export function wayTo(
  target: string,
  options: SshOptions,
  around: Surroundings = surroundings(),
): Promise<readonly SshSettings[]> {
  return legs(target, options, around, 0)
}

async function legs(
  target: string,
  options: SshOptions,
  around: Surroundings,
  depth: number,
): Promise<SshSettings[]> {
  if (depth > MOST_JUMPS) throw new OptionError('jump', `the way to ${target} leads in a circle`)
  const asked = parseTarget(target)
  const file = options.configFile ?? join(around.home, '.ssh', 'config')
  const config =
    file === false
      ? NO_CONFIG
      : await readSshConfig(file, asked.address, options.user ?? asked.user, around.home)
  const jumps = jumpsOf(options, config)
  const before = jumps.map((jump, index) => {
    const { target: through, ...own } = typeof jump === 'string' ? { target: jump } : jump
    const inherited = { configFile: options.configFile, knownHosts: options.knownHosts }
    const given = Object.fromEntries(Object.entries(inherited).filter(([, value]) => value !== undefined))
    const alone = index === 0 ? {} : { jump: false as const } // the first may have a way of its own
    return legs(through, { ...given, ...alone, ...own }, around, depth + 1)
  })
  return [...(await Promise.all(before)).flat(), settingsOf(target, options, config, around)]
}

function jumpsOf({ jump }: SshOptions, config: SshConfig): readonly Jump[] {
  if (jump === false) return []
  if (jump === undefined) {
    if (config.proxyCommand === undefined) return config.jumps ?? []
    throw new OptionError(
      'configFile',
      `its ProxyCommand (${config.proxyCommand}) would run a program, which is not supported`,
      'name the servers to go through (jump, or ProxyJump), or set jump to false.',
    )
  }
  const jumps: readonly Jump[] = Array.isArray(jump) ? jump : [jump]
  return jumps.flatMap((each): readonly Jump[] =>
    typeof each === 'string' ? each.split(',').map(part => part.trim()) : [each],
  )
}

function settingsOf(
  target: string,
  options: SshOptions,
  config: SshConfig,
  around: Surroundings,
): SshSettings {
  const asked = parseTarget(target)
  const files = options.identityFile ?? (config.identityFiles.length > 0 ? config.identityFiles : undefined)
  const knownHosts = options.knownHosts ?? config.knownHosts
  const own = knownHosts === undefined ? [join(around.home, '.ssh', 'known_hosts')] : [knownHosts].flat()
  return {
    name: target,
    user: options.user ?? asked.user ?? config.user ?? userInfo().username,
    address: config.address ?? asked.address,
    port: options.port ?? asked.port ?? config.port ?? 22,
    identityFiles: files === undefined ? undefined : [files].flat().map(file => atHome(file, around.home)),
    agent: agentOf(options, config, around),
    forwardAgent: options.forwardAgent ?? config.forwardAgent ?? false,
    hostKey: options.hostKey ?? 'strict',
    knownHosts: [...own, ...(options.knownHosts === undefined ? ['/etc/ssh/ssh_known_hosts'] : [])].map(
      file => atHome(file, around.home),
    ),
    connectTimeoutMs: options.connectTimeout ?? config.connectTimeoutMs ?? 20_000,
    keepaliveMs: options.keepalive ?? 30_000,
    options,
  }
}

/** With key files of its own choice, a caller wants no others; nor does `IdentitiesOnly`. */
function agentOf(
  options: SshOptions,
  config: SshConfig,
  { agent, platform }: Surroundings,
): string | undefined {
  if (options.agent !== undefined) return options.agent || undefined
  if (options.identityFile !== undefined || config.identitiesOnly || config.agent === false) return undefined
  return config.agent ?? agent ?? (platform === 'win32' ? WINDOWS_AGENT : undefined)
}
