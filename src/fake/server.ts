import { posix } from 'node:path'
import { OptionError } from '../errors/option-error.js'
import { FakeClock } from './machine/clock.js'
import { Databases, newCluster } from './machine/databases.js'
import { FileFailure } from './machine/file-failure.js'
import { Machine } from './machine/machine.js'
import { Repositories } from './machine/repositories.js'
import { Services } from './machine/services.js'
import { furnish } from './machine/skeleton.js'
import { type User, Users } from './machine/users.js'
import { type FakePackage, KNOWN_PROGRAMS, programsOf } from './programs/programs.js'
import type { FakeFile, FakeProgram, FakeServerOptions, FakeUser } from './server-options.js'
import type { Program } from './shell/process.js'
import { bytesOf } from './shell/streams.js'

const USUAL_PACKAGES: readonly FakePackage[] = ['curl', 'git', 'mariadb', 'postgresql', 'python3', 'sudo']
const FIRST_UID = 1000

function userOf(name: string, uid: number, { sudo = false, groups = [], home }: FakeUser): User {
  return { name, uid, group: name, gid: uid, groups: [name, ...groups], home: home ?? `/home/${name}`, sudo }
}

function usersOf(
  { users = { deploy: { sudo: true } }, os = 'debian' }: FakeServerOptions,
  packages: readonly FakePackage[],
): Users {
  const webServer =
    os === 'debian'
      ? userOf('www-data', 33, { home: '/var/www' })
      : userOf('apache', 48, { home: '/usr/share/httpd' })
  const others = Object.entries(users).map(([name, user], index) => userOf(name, FIRST_UID + index, user))
  const postgres = packages.includes('postgresql')
    ? [userOf('postgres', 103, { home: '/var/lib/postgresql' })]
    : []
  return new Users([userOf('root', 0, { home: '/root', sudo: true }), webServer, ...postgres, ...others])
}

function programOf(program: FakeProgram): Program {
  return process => {
    const text = (bytes: string) => Buffer.from(bytes, 'latin1').toString('utf8')
    const said = program({
      args: process.args.map(text),
      stdin: text(process.stdin.read()),
      user: process.user.name,
      cwd: process.files.cwd,
    })
    const { stdout = '', stderr = '', exitCode = 0 } = typeof said === 'string' ? { stdout: said } : said
    process.out(bytesOf(stdout))
    process.err(bytesOf(stderr))
    return exitCode
  }
}

/** Puts a file in place, with the directories above it. */
function placeFile(machine: Machine, path: string, file: FakeFile): void {
  if (!posix.isAbsolute(path)) throw new OptionError('files', `${JSON.stringify(path)} is no absolute path`)
  const { files, users } = machine
  files.makeDirectories(posix.dirname(path))
  if (typeof file === 'object' && 'link' in file) {
    files.tree.makeLink(file.link, path, users.root)
    return
  }
  if (typeof file === 'object' && 'socket' in file) {
    files.tree.makeSocket(path, users.root)
    return
  }
  const { content, mode = 0o644, owner = 'root' } = typeof file === 'string' ? { content: file } : file
  files.write(path, bytesOf(content))
  const user = users.find(owner)
  if (!user) throw new OptionError('files', `${path} cannot belong to ${owner}: there is no such user`)
  Object.assign(files.find(path), { mode, owner, group: user.group })
}

/** A server in memory, and who logs in to it. */
export function serverOf(options: FakeServerOptions): { readonly machine: Machine; readonly user: User } {
  const { name = 'fake', os = 'debian', repositories = {}, programs = {}, files = {} } = options
  const { packages = [...USUAL_PACKAGES, os === 'debian' ? 'apache2' : 'httpd'] } = options
  const users = usersOf(options, packages)
  const user = users.find(options.user ?? 'deploy')
  if (!user)
    throw new OptionError('user', `there is no user ${options.user ?? 'deploy'}`, 'name one of users.')
  const own = Object.entries(programs).map(([each, program]) => [each, programOf(program)] as const)
  const machine = new Machine({
    name,
    clock: options.clock ?? new FakeClock(),
    users,
    programs: new Map([...programsOf(packages), ...own]),
    known: KNOWN_PROGRAMS,
    databases: new Databases(),
    postgresql: newCluster(),
    repositories: new Repositories(repositories),
    services: new Services(),
    log: [],
  })
  furnish(machine, packages)
  for (const [path, file] of Object.entries(files)) {
    try {
      placeFile(machine, path, file)
    } catch (error) {
      throw error instanceof FileFailure ? new OptionError('files', `${path}: ${error.message}`) : error
    }
  }
  return { machine, user }
}
