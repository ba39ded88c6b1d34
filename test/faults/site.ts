import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type DeployOptions,
  type DeployResult,
  deploy,
  type Host,
  type JournalEntry,
  rollback,
} from 'dye-deploy'
import { execa } from 'execa'
import { BY_NGINX, carers, REPOSITORY } from '../support/carers.js'
import { startCarersServer } from '../support/carers-server.js'
import { HERMETIC_GIT, ProjectRepository } from '../support/project-repository.js'
import type { TestServer } from '../support/test-server.js'
import type { Place } from './encounter.js'
import { hostOf, type Login } from './orders.js'

export type Tag = 'v1' | 'v2'

/** What serves the site: Apache, or nginx with processes of its own. */
export type By = 'apache' | 'nginx'

/** A site, as far as steps differ. */
export interface SiteKind {
  readonly name: string
  readonly by: By
  /** True: version 2 needs another database than version 1, so that a deploy has a window. */
  readonly migrates: boolean
}

export const siteKinds = [
  { name: 'Apache', by: 'apache', migrates: true },
  { name: 'nginx', by: 'nginx', migrates: true },
  { name: 'nginx, without a migration', by: 'nginx', migrates: false },
] as const satisfies readonly SiteKind[]

/** What is seen of a server at once. */
interface Glance {
  /** Name of the directory of the release that is live. */
  readonly release: string
  readonly isLockFree: boolean
  /** Releases whose processes run; none but the live one's should. */
  readonly processes: readonly string[]
  /** What the site answers. */
  readonly page: string
}

/** What is on a server, seen by root and not by us. */
export interface Look extends Glance {
  /** Tag of the release that is live, if all of its files and its virtualenv are there, as they should be. */
  readonly live: Tag | 'not whole'
  /** True while the file is there that takes the site off. */
  readonly isOff: boolean
  /** True if a release is under way, or was left so. */
  readonly hasNext: boolean
  readonly journal: readonly JournalEntry[]
  /** True if the database is what version 2 needs. */
  readonly isMigrated: boolean
  /** What the rows say that nobody touches. */
  readonly checksum: string
  /** Rows that visitors have added. */
  readonly added: number
}

/** Rows that have to outlive everything. */
const KEPT_ROWS = 200

const PAGE = "curl -sS --max-time 5 -H 'Host: carers.test' http://127.0.0.1/ 2>&1 | tr '\\n' '|'; echo"
const PROCESSES = `systemctl list-units --plain --no-legend --all 'carers-gunicorn@*' |
  sed 's/.*gunicorn@\\(.*\\)\\.service.*/\\1/' | tr '\\n' ' '; echo`

/** What is looked at again and again: little, since it takes the server's time. */
const GLANCE = `cd /var/django/carers
basename "$(readlink dev)"
flock -n .dye/lock echo free || echo held
${PAGE}
${PROCESSES}`

const LOOK = `${GLANCE}
[ -e .dye/maintenance ] && echo off || echo on
[ -L next ] && echo next || echo none
mariadb -N carers -e "SHOW COLUMNS FROM visits_visit LIKE 'note'" 2>&1 | grep -qw note && echo migrated || echo old
mariadb -N carers -e "SELECT CONCAT(COUNT(*), ' ', SUM(CRC32(CONCAT(id, name)))) FROM visits_visit WHERE name LIKE 'kept-%'" 2>&1 | head -n 1
mariadb -N carers -e "SELECT COUNT(*) FROM visits_visit WHERE name = 'somebody'" 2>&1 | head -n 1
for tag in v1 v2; do (cd dev && sha256sum --check --status /root/$tag.sums) && dev/django/website/.ve/bin/python -c 'import sys, greeting
sys.exit(not greeting.VERSION.startswith(sys.argv[1]))' \${tag#v} && echo $tag; done | head -n 1 | grep . || echo 'not whole'
cat .dye/journal.jsonl`

/** The fixture's site on a server of its own: version 1 is live, and has rows. */
export class CarersSite implements AsyncDisposable, Place {
  private constructor(
    readonly server: TestServer,
    readonly host: Host,
    private readonly directory: string,
    readonly kind: SiteKind,
    /** Name of the release of version 1. */
    public first: string,
    /** Secrets that are to be seen nowhere; hooks use the first. */
    readonly secrets: readonly string[],
  ) {}

  static async start(kind: SiteKind): Promise<CarersSite> {
    const { by } = kind
    const directory = await mkdtemp(join(tmpdir(), 'dye-faults-'))
    const server = await startCarersServer(by === 'apache' ? 'apache2' : 'nginx', 'mariadb')
    const repository = await ProjectRepository.create(join(directory, 'project'))
    await makeVersion2(repository, kind)
    await repository.pushTo(server, REPOSITORY)
    for (const tag of ['v1', 'v2']) await server.writeFile(`/root/${tag}.sums`, await sums(repository, tag))
    const host = hostOf(loginOf(server))
    const { release, error } = await deploy(optionsOf(host, 'v1', by))
    if (error) throw error
    const { stdout } = await server.exec(
      `echo "INSERT INTO visits_visit (name) VALUES ${Array.from({ length: KEPT_ROWS }, (_, index) => `('kept-${index}')`)}" | mariadb carers
      cat /var/django/carers/shared/django/website/private_settings.py /var/django/carers/dev/django/website/private_settings.py 2>/dev/null`,
      { reject: false },
    )
    const generated = [...stdout.matchAll(/['"]([^'"]{12,})['"]/g)].map(([, secret = '']) => secret)
    if (generated.length === 0) throw new Error('no secret was generated')
    const planted = `canary-${randomBytes(8).toString('hex')}`
    return new CarersSite(server, host, directory, kind, release, [planted, ...new Set(generated)])
  }

  get orders(): Place['orders'] {
    const [secret = ''] = this.secrets
    return { servers: [loginOf(this.server)], by: this.kind.by, secret }
  }

  get struck(): TestServer {
    return this.server
  }

  async look(): Promise<Look> {
    const { stdout } = await this.server.exec(LOOK, { reject: false })
    const [
      release = '',
      lock = '',
      page = '',
      processes = '',
      off,
      next,
      migrated,
      checksum = '',
      added,
      live,
      ...lines
    ] = stdout.split('\n')
    return {
      ...glanceOf([release, lock, page, processes]),
      ...{ checksum, isOff: off === 'off', hasNext: next === 'next' },
      ...{ isMigrated: migrated === 'migrated', added: Number(added) },
      live: live === 'v1' || live === 'v2' ? live : 'not whole',
      journal: entriesOf(lines),
    }
  }

  /** Looks until the site answers and nothing of ours runs any more, or a time is over. */
  async settled(limitMs: number): Promise<void> {
    const end = performance.now() + limitMs
    for (;;) {
      const { stdout } = await this.server.exec(GLANCE, { reject: false })
      const { release, isLockFree, page, processes } = glanceOf(stdout.split('\n'))
      const isSettled =
        isLockFree && versionOf(page) !== undefined && processes.every(name => name.startsWith(release))
      if (isSettled || performance.now() > end) return
      await pause(100)
    }
  }

  /** Deletes the virtualenvs that the live release does not use, so that one has to be built. */
  async forgetVirtualenvs(): Promise<void> {
    await this.server.exec(`cd /var/django/carers
      live=$(readlink -f dev/django/website/.ve)
      for each in .dye/virtualenvs/*; do [ "$(readlink -f "$each")" = "$live" ] || rm -r -- "$each"; done`)
  }

  /** What of ours runs on the server. */
  async running(): Promise<string> {
    const { stdout } = await this.server.exec('ps -u deploy -o etimes=,args= | cut -c 1-200')
    return stdout
  }

  /** True if the database is what the live release needs. */
  isSuited({ isMigrated, live }: Look): boolean {
    return isMigrated === (this.kind.migrates && live === 'v2')
  }

  options(tag: Tag): DeployOptions {
    return optionsOf(this.host, tag, this.kind.by)
  }

  deploy(tag: Tag): Promise<DeployResult> {
    return deploy(this.options(tag))
  }

  /** Back to the very first release, and its database. */
  goBack(): Promise<DeployResult> {
    return rollback({ ...this.options('v1'), to: this.first, databaseBack: 'migrate' })
  }

  /** Makes the release of version 1 a young one, before it is pruned. */
  async renew(): Promise<void> {
    const { release, error } = await this.deploy('v1')
    if (error) throw error
    this.first = release
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.close()
    await this.server.stop()
    await rm(this.directory, { recursive: true, force: true })
  }
}

function glanceOf([release = '', lock, page = '', processes = '']: readonly string[]): Glance {
  return {
    ...{ release, isLockFree: lock === 'free', page: page.split('|').join('\n').trim() },
    processes: processes.split(' ').filter(name => name !== ''),
  }
}

/** Which version a page is of, undefined if it is of none. */
export function versionOf(page: string): Tag | undefined {
  const [, version] =
    /^carers version ([12])\ngreeting \1\.0\nvisits \d+\nlegacy (?:present|gone)$/.exec(page) ?? []
  return version === '1' ? 'v1' : version === '2' ? 'v2' : undefined
}

/** Options that deploy the site, by Apache or by nginx. */
export function optionsOf(host: Host, tag: string, by: By): DeployOptions {
  return carers(host, tag, by === 'nginx' ? BY_NGINX : {})
}

export function loginOf({ address, identityFile, knownHosts }: TestServer): Login {
  return { address, identityFile, knownHosts }
}

/** Version 2 of the fixture; one that does not migrate has the models of version 1. */
async function makeVersion2(repository: ProjectRepository, { migrates }: SiteKind): Promise<void> {
  const models = await repository.read('django/website/visits/models.py')
  await repository.version2()
  if (migrates) return
  const urls = await repository.read('django/website/urls.py')
  await repository.commit('v2', {
    'django/website/visits/models.py': models,
    'django/website/visits/migrations/0002_visit_note.py': null,
    'django/website/urls.py': urls.replace(", note='new'", ''),
  })
}

/** What the journal knows of each release, oldest first. */
export function entriesOf(lines: readonly string[]): readonly JournalEntry[] {
  const entries = new Map<string, JournalEntry>()
  for (const line of lines.filter(each => each.startsWith('{') && each.endsWith('}'))) {
    const entry: JournalEntry = JSON.parse(line)
    entries.set(entry.release, { ...entries.get(entry.release), ...entry })
  }
  return [...entries.values()]
}

/** The hashes of all files of a version, as sha256sum reads them. */
async function sums(repository: ProjectRepository, tag: string): Promise<string> {
  const names = (await repository.git('ls-tree', '-r', '--name-only', tag)).split('\n')
  const lines = names.map(async name => {
    const { stdout } = await execa('git', ['show', `${tag}:${name}`], {
      ...{ cwd: repository.directory, env: HERMETIC_GIT, encoding: 'buffer', stripFinalNewline: false },
    })
    return `${createHash('sha256').update(stdout).digest('hex')}  ${name}`
  })
  return `${(await Promise.all(lines)).join('\n')}\n`
}
