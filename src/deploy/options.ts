import type { Application } from '../application/application.js'
import type { Program } from '../command/program.js'
import type { Database } from '../database/database.js'
import { OptionError } from '../errors/option-error.js'
import type { Host } from '../host/host.js'
import type { Layout } from '../release/layout.js'
import { Release } from '../release/release.js'
import { isWithin } from '../release/shared-files.js'
import type { Process } from '../service/process.js'
import type { Source } from '../source/source.js'
import { type Duration, millisecondsOf, timestamp } from '../support/clock.js'
import type { Virtualenv } from '../virtualenv/virtualenv.js'
import type { Balancer } from '../web-server/balancer.js'
import type { WebServer } from '../web-server/web-server.js'
import type { DeployListener } from './events.js'
import type { Hooks } from './hooks.js'
import type { Questions } from './questions.js'

/** How a deploy deals with the lock of its project. */
export interface LockOptions {
  /** How long to wait for another deploy to end. @defaultValue 0: it fails at once, and says who it is */
  readonly wait?: Duration
  /** For those who find the lock held: `urgent fix`. */
  readonly message?: string
}

/** What is deployed, where to, and how. */
export interface DeployOptions {
  /** Name of the project: lower case letters, digits, `_` and `-`. Directories and files on servers bear it. */
  readonly project: string
  /** `production`, `staging`, …: which of the project's settings are put in force. */
  readonly environment: string
  /** The servers. What can be done beside the running site is done on all of them before any is switched. */
  readonly hosts: readonly Host[]
  /** The host on which is done what need be done only once: migrations, dumps. @defaultValue the first */
  readonly primary?: Host
  /** How many hosts are prepared at a time. @defaultValue 10 */
  readonly parallel?: number
  /**
   * How many hosts, the primary one aside, may be out of reach before any is switched: the deploy goes on without
   * them then, and they stay as they are. @defaultValue 0
   */
  readonly tolerate?: number
  /**
   * How many hosts are switched at a time, or, should a later one fail, go back: the next ones follow once the site is
   * well on them. Where the site has to be off for a migration, it is off on all hosts, and they are switched together.
   *
   * @defaultValue all; 1 with a balancer
   */
  readonly atATime?: number
  /** Where the code comes from. */
  readonly source: Source
  /** Where and how releases are kept. @defaultValue `Release.under('/var/django')` */
  readonly release?: Release
  /** The Python environment. @defaultValue none */
  readonly virtualenv?: Virtualenv
  /** The application. @defaultValue none: the release is code only */
  readonly application?: Application
  /** The database. @defaultValue none */
  readonly database?: Database
  /** The web server. @defaultValue none: switching the link is all */
  readonly webServer?: WebServer
  /** What stands in front of the hosts, or several of them: each host is out of it while it is switched. @defaultValue none */
  readonly balancer?: Balancer | readonly Balancer[]
  /** Processes that run the application: its server behind the web server. @defaultValue none */
  readonly processes?: readonly Process[]
  /** Whether to wait for another deploy, and what to tell those who find this one. @defaultValue not to wait */
  readonly lock?: LockOptions
  /** Functions of yours that run at certain moments. */
  readonly hooks?: Hooks
  /** Answers to what would be asked. @defaultValue `abort` for each question */
  readonly questions?: Questions
  /**
   * Whether the site is off while the database changes: `auto` when a migration is pending, `always`, or
   * `never`. @defaultValue `auto`
   */
  readonly downtime?: 'auto' | 'always' | 'never'
  /** Percentage of the disk that may be in use before it is asked whether to go on. @defaultValue 85 */
  readonly diskLimitPercent?: number
  /** Days that the nightly dumps are kept, or false for none. @defaultValue 30 on `production`, else none */
  readonly dailyDumps?: number | false
  /**
   * What runs the project's cron files, and the nightly dumps: the server's cron, or timers of systemd.
   * @defaultValue `cron`
   */
  readonly cron?: 'cron' | 'timers'
  /** Directory with a checkout of the project, to compare branches. @defaultValue the working directory */
  readonly directory?: string
  /** Gets an event for everything that happens: reporters, or functions of yours. @defaultValue nobody */
  readonly onEvent?: DeployListener | readonly DeployListener[]
  /** Aborting it stops the deploy and takes back what it did. */
  readonly signal?: AbortSignal
  /** Milliseconds that one step may take. @defaultValue none */
  readonly stepTimeout?: number
  /**
   * Milliseconds that are waited for a server which is lost once it is being switched: after a power cut it cannot take back by
   * itself what was begun, and its site may be off. @defaultValue 300,000: five minutes
   */
  readonly reconnectTimeout?: number
}

/** {@link DeployOptions} with every default filled in. */
export interface ResolvedOptions extends DeployOptions {
  readonly release: Release
  readonly layout: Layout
  readonly primary: Host
  readonly parallel: number
  readonly tolerate: number
  readonly atATime: number
  readonly balancers: readonly Balancer[]
  readonly releaseName: string
  readonly questions: Questions
  /** Seconds to wait for the lock. */
  readonly lockWait: number
  readonly downtime: 'auto' | 'always' | 'never'
  readonly diskLimitPercent: number
  readonly dailyDumps: number | false
  readonly cron: 'cron' | 'timers'
  readonly directory: string
  readonly reconnectTimeout: number
  /** Programs that what is done needs on the servers. @defaultValue none */
  readonly needs?: readonly Program[]
}

const NAME = /^[a-z][a-z0-9_-]{0,31}$/

function checkName(option: 'project' | 'environment', value: string): void {
  if (NAME.test(value)) return
  throw new OptionError(
    option,
    `"${value}" is not a name`,
    'use lower case letters, digits, "_" and "-", 32 at most.',
  )
}

/** What the virtualenv, the application and the web server make in a release cannot be shared besides. */
function checkShared(release: Release, { virtualenv, application, webServer }: DeployOptions): void {
  const own = [
    ...(virtualenv ? [virtualenv.path] : []),
    ...(application?.ownPaths ?? []),
    ...(webServer?.ownPaths ?? []),
  ]
  for (const { path } of release.shared) {
    const other = own.find(each => isWithin(path, each) || isWithin(each, path))
    if (other === undefined) continue
    throw new OptionError(
      'release',
      `the shared path ${path} and ${other}, which deploys make, cannot both be there`,
    )
  }
}

function secondsToWait(wait: Duration): number {
  const milliseconds = millisecondsOf(wait)
  if (milliseconds !== undefined) return Math.ceil(milliseconds / 1000)
  throw new OptionError('lock', `"${wait}" is not a length of time`, 'write it like "90s" or "5m".')
}

function primaryOf({ hosts, primary = hosts[0] }: DeployOptions): Host {
  if (primary === undefined) throw new OptionError('hosts', 'there are none')
  if (!hosts.includes(primary)) throw new OptionError('primary', `${primary.name} is not one of the hosts`)
  return primary
}

function checkedCount(option: string, count: number, least: number): number {
  if (Number.isInteger(count) && count >= least) return count
  throw new OptionError(option, `${count} is not a number of hosts`)
}

function checkedTimeout(option: string, milliseconds: number): number {
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds
  throw new OptionError(option, `${milliseconds} is not a number of milliseconds`)
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {@link OptionError} for a value that cannot be used
 */
export function resolveOptions(options: DeployOptions): ResolvedOptions {
  checkName('project', options.project)
  checkName('environment', options.environment)
  const primary = primaryOf(options)
  const balancers = [options.balancer ?? []].flat()
  const release = options.release ?? Release.under('/var/django')
  checkShared(release, options)
  return {
    ...options,
    source: options.source.forEnvironment?.(options.environment) ?? options.source,
    ...(options.virtualenv && { virtualenv: options.virtualenv.forEnvironment(options.environment) }),
    release,
    primary,
    parallel: checkedCount('parallel', options.parallel ?? 10, 1),
    tolerate: checkedCount('tolerate', options.tolerate ?? 0, 0),
    atATime: checkedCount('atATime', options.atATime ?? (balancers.length > 0 ? 1 : options.hosts.length), 1),
    balancers,
    layout: release.layoutOf(options.project),
    releaseName: timestamp(new Date()),
    questions: options.questions ?? {},
    lockWait: secondsToWait(options.lock?.wait ?? 0),
    downtime: options.downtime ?? 'auto',
    diskLimitPercent: options.diskLimitPercent ?? 85,
    dailyDumps: options.dailyDumps ?? (options.environment === 'production' ? 30 : false),
    cron: options.cron ?? 'cron',
    directory: options.directory ?? process.cwd(),
    reconnectTimeout: checkedTimeout('reconnectTimeout', options.reconnectTimeout ?? 300_000),
  }
}
