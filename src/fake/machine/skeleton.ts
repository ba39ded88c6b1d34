import { PROGRAM_MARK } from '../shell/process.js'
import type { Machine } from './machine.js'
import { Service } from './services.js'

const CRON = ['cron.d', 'cron.hourly', 'cron.daily', 'cron.weekly', 'cron.monthly'].map(
  name => `/etc/${name}`,
)

const DIRECTORIES = [
  ...[
    '/bin',
    '/dev/shm',
    '/etc/systemd/system',
    '/home',
    '/opt',
    '/proc/net',
    '/root',
    '/run/systemd/system',
    '/srv',
    '/tmp',
  ],
  ...['/usr/bin', '/usr/local/bin', '/usr/sbin', '/var/lib', '/var/log', '/var/tmp', ...CRON],
]

const APACHE = ['sites-enabled', 'sites-available', 'conf-enabled', 'mods-enabled'].map(
  name => `/etc/apache2/${name}`,
)

/** What a package brings along: directories, files, and a service. */
interface Contents {
  readonly directories: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  /** Its name, which is that of the program too if no other is said; and where the number of its process is. */
  readonly service: { readonly name: string; readonly program?: string; readonly pidFile?: string }
}

const CONTENTS: Readonly<Record<string, Contents>> = {
  apache2: {
    directories: [...APACHE, '/var/log/apache2', '/run/apache2'],
    files: {
      '/etc/apache2/apache2.conf':
        'IncludeOptional conf-enabled/*.conf\nIncludeOptional sites-enabled/*.conf\n',
      '/etc/apache2/envvars': 'export APACHE_RUN_USER=www-data\n',
      '/var/log/apache2/error.log': '',
    },
    service: { name: 'apache2', pidFile: '/run/apache2/apache2.pid' },
  },
  httpd: {
    directories: ['/etc/httpd/conf', '/etc/httpd/conf.d', '/var/log/httpd', '/run/httpd'],
    files: {
      '/etc/httpd/conf/httpd.conf': 'IncludeOptional conf.d/*.conf\n',
      '/var/log/httpd/error_log': '',
    },
    service: { name: 'httpd', pidFile: '/run/httpd/httpd.pid' },
  },
  nginx: {
    directories: ['/etc/nginx/sites-enabled', '/etc/nginx/conf.d', '/var/log/nginx'],
    files: {
      '/etc/nginx/nginx.conf': 'pid /run/nginx.pid;\nhttp { include /etc/nginx/sites-enabled/*; }\n',
      '/var/log/nginx/error.log': '',
    },
    service: { name: 'nginx', pidFile: '/run/nginx.pid' },
  },
  postgresql: { directories: ['/var/lib/postgresql'], service: { name: 'postgresql', program: 'postgres' } },
  mariadb: { directories: ['/var/lib/mysql'], service: { name: 'mariadb', program: 'mariadbd' } },
}

function bring(machine: Machine, { directories, files: contents = {}, service }: Contents): void {
  const { files } = machine
  for (const directory of directories) files.makeDirectories(directory, 0o755)
  for (const [path, content] of Object.entries(contents)) files.write(path, content, 0o644)
  const { name, program = name, pidFile } = service
  const made = new Service(program, machine.nextPid(), files, pidFile)
  made.start()
  machine.parts.services.add(name, made)
}

/** Makes the files that a server has before anybody deploys to it. */
export function furnish(machine: Machine, packages: readonly string[]): void {
  const { files } = machine
  for (const directory of DIRECTORIES) files.makeDirectories(directory, 0o755)
  for (const place of ['/tmp', '/var/tmp', '/dev/shm']) files.find(place).mode = 0o1777
  files.find('/root').mode = 0o700
  files.tree.makeDevice('/dev/null', 'null', machine.users.root)
  files.tree.makeDevice('/dev/urandom', 'random', machine.users.root)
  for (const name of machine.parts.programs.keys())
    files.write(`/usr/bin/${name}`, PROGRAM_MARK + name, 0o755)
  files.tree.makeLink('/usr/bin/sh', '/bin/sh', machine.users.root)
  for (const contents of packages.flatMap(name => CONTENTS[name] ?? [])) bring(machine, contents)
  for (const user of machine.parts.users.all) {
    if (user.name === 'root' || files.peek(user.home)) continue
    files.makeDirectories(user.home, 0o755)
    Object.assign(files.find(user.home), { owner: user.name, group: user.group })
  }
}
