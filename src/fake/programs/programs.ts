import type { Program } from '../shell/process.js'
import { unexpected } from '../unexpected.js'
import { awk } from './awk/awk.js'
import { BYTE_PROGRAMS } from './byte-programs.js'
import { COMMAND_PROGRAMS } from './command-programs.js'
import { curl } from './curl.js'
import { diff } from './diff.js'
import { FILE_PROGRAMS } from './file-programs.js'
import { find } from './find.js'
import { git } from './git.js'
import { LOOK_PROGRAMS } from './look-programs.js'
import { mysql, mysqldump } from './mysql.js'
import { OWNER_PROGRAMS } from './owner-programs.js'
import { pgDump, psql } from './psql.js'
import { python } from './python.js'
import { sed } from './sed.js'
import { SERVICE_PROGRAMS, WEB_SERVER_PROGRAMS } from './service-programs.js'
import { SYSTEM_PROGRAMS } from './system-programs.js'
import { TEXT_PROGRAMS } from './text-programs.js'

/** What can be installed on a server in memory. */
export type FakePackage =
  | 'apache2'
  | 'httpd'
  | 'curl'
  | 'git'
  | 'mariadb'
  | 'nginx'
  | 'postgresql'
  | 'python3'
  | 'sudo'

/** Programs that every server has. */
const BASE: Readonly<Record<string, Program>> = {
  ...BYTE_PROGRAMS,
  ...COMMAND_PROGRAMS,
  ...FILE_PROGRAMS,
  ...LOOK_PROGRAMS,
  ...OWNER_PROGRAMS,
  ...SERVICE_PROGRAMS,
  ...SYSTEM_PROGRAMS,
  ...TEXT_PROGRAMS,
  awk,
  diff,
  find,
  sed,
}

/** It is there, since git needs it; nobody calls it. */
const ssh: Program = process => {
  throw unexpected(`run ${process.line}`, 'a server in memory reaches no other one by SSH')
}

/** Programs of each package; those of a package that is not installed are not found. */
const PACKAGES: Readonly<Record<FakePackage, Readonly<Record<string, Program | undefined>>>> = {
  ...WEB_SERVER_PROGRAMS,
  curl: { curl },
  git: { git, ssh },
  mariadb: { mariadb: mysql, mysql, 'mariadb-dump': mysqldump, mysqldump },
  postgresql: { psql, pg_dump: pgDump },
  python3: { python3: python },
  sudo: {},
}

/** Programs that scripts of deploys try, and that no server in memory has. */
const ABSENT = ['uv', 'svn', 'cvs', 'rsync', 'php', 'composer', 'python', 'visudo']

/** The programs of a server with some packages. */
export function programsOf(packages: readonly FakePackage[]): Map<string, Program> {
  const { sudo, ...base } = BASE
  const installed = packages.flatMap(name => Object.entries(name === 'sudo' ? { sudo } : PACKAGES[name]))
  return new Map(
    [...Object.entries(base), ...installed].flatMap(([name, program]) => (program ? [[name, program]] : [])),
  )
}

/** Names of programs that a server may have, or not. */
export const KNOWN_PROGRAMS: ReadonlySet<string> = new Set([
  ...Object.values(PACKAGES).flatMap(programs => Object.keys(programs)),
  'sudo',
  ...ABSENT,
])
