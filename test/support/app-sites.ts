import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type AppServer, type DeployOptions, git, type Host, type Release, WebServer } from 'dye-deploy'
import { REPOSITORY, sshHost } from './carers.js'
import { ProjectRepository } from './project-repository.js'
import { TestServer } from './test-server.js'

/** An application for WSGI and one for ASGI: each tells its version; `/slow` takes its time. */
const application = (version: string) => `import asyncio, sys, time

TEXT = ('${version} ' + sys.prefix).encode()


def wsgi(environ, start):
    if environ['PATH_INFO'] == '/slow':
        time.sleep(6)
    start('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(TEXT)))])
    return [TEXT]


async def asgi(scope, receive, send):
    if scope['type'] != 'http':
        raise ValueError('only http')
    if scope['path'] == '/slow':
        await asyncio.sleep(6)
    await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-type', b'text/plain')]})
    await send({'type': 'http.response.body', 'body': TEXT})
`

/** A worker that says which version it is of. */
const worker = (version: string) => `import time

while True:
    with open('/tmp/worker.log', 'a') as log:
        log.write('${version}\\n')
    time.sleep(0.5)
`

/** How a site of its own is served; its name is that of the project. */
export interface AppSite {
  readonly project: string
  readonly server: AppServer
  readonly release: Release
  /** What nginx asks it by. */
  readonly pass: 'proxy_pass http://' | 'include uwsgi_params; uwsgi_pass '
  readonly more?: Partial<DeployOptions>
  /** True: `ops` deploys, who may use no sudo; root has configured nginx. */
  readonly withoutRoot?: boolean
}

function nginxSite({ project, server, release, pass }: AppSite): string {
  const socket = server.socketOf(project, release)
  return `server {
    listen 80;
    server_name ${project}.test;
    location / {
        ${pass}unix:${socket};
        proxy_set_header Host $host;
    }
}
`
}

/** A server with sites that have servers of their own, in the versions `a1`, `a2` and `broken`. */
export class AppSites {
  private constructor(
    readonly server: TestServer,
    private readonly directory: string,
  ) {}

  /** One for each site: a deploy closes the connection that it has opened. */
  readonly #hosts = new Map<AppSite, Host>()

  static async start(sites: readonly AppSite[], { systemd = true } = {}): Promise<AppSites> {
    const server = await TestServer.start({ with: ['nginx', 'supervisor'], systemd })
    const directory = await mkdtemp(join(tmpdir(), 'dye-app-sites-'))
    const repository = await ProjectRepository.create(join(directory, 'project'))
    for (const version of ['a1', 'a2']) {
      await repository.commit(version, {
        ...Object.fromEntries(sites.map(site => [`nginx/${site.project}.conf`, nginxSite(site)])),
        'app.py': application(version),
        'manage.py': worker(version),
        'empty.txt': '# nothing\n',
      })
    }
    await repository.commit('broken', { 'app.py': 'import nothing_of_that_name\n' })
    await repository.pushTo(server, REPOSITORY)
    await server.exec(
      "install -d -o deploy /srv/sites; install -d -o ops /srv/ops; git config --system safe.directory '*'",
    )
    for (const site of sites.filter(({ withoutRoot }) => withoutRoot)) {
      await server.writeFile(`/etc/nginx/sites-enabled/${site.project}`, nginxSite(site))
    }
    await server.exec('nginx -s reload')
    // a journal on the disk, as Debian has it: users may read what is theirs
    if (systemd) await server.exec('systemctl restart systemd-journald && journalctl --flush')
    return new AppSites(server, directory)
  }

  options(site: AppSite, tag: string): DeployOptions {
    const { project, server, release, more, withoutRoot } = site
    const host = this.#hosts.get(site) ?? sshHost(this.server, withoutRoot ? 'ops' : 'deploy')
    this.#hosts.set(site, host)
    return {
      project,
      environment: 'production',
      hosts: [host],
      source: git(REPOSITORY).tag(tag),
      release,
      processes: [server],
      dailyDumps: false,
      ...(!withoutRoot && { webServer: WebServer.nginx(`nginx/${project}.conf`) }),
      ...more,
    }
  }

  /** What visitors get: the version, and where its Python is. */
  async page({ project }: AppSite, path = '/'): Promise<string> {
    const { stdout } = await this.server.exec(
      `curl -sS --max-time 20 -H 'Host: ${project}.test' http://127.0.0.1${path}`,
    )
    return stdout
  }

  /** Names of the releases that processes are at work in, and that of the live one. */
  async releases({ project, release }: AppSite): Promise<{ atWork: readonly string[]; live: string }> {
    const { live, releases } = release.layoutOf(project)
    const { stdout } = await this.server.exec(
      `basename "$(readlink ${live})"
      for each in /proc/[0-9]*; do readlink $each/cwd; done | sed -n 's|^${releases}/||p' | sort -u`,
    )
    const [name = '', ...atWork] = stdout.split('\n')
    return { atWork, live: name }
  }

  /** The same, once there is but one, or after 20 seconds. */
  async settled(site: AppSite): ReturnType<AppSites['releases']> {
    const end = performance.now() + 20_000
    let found = await this.releases(site)
    while (found.atWork.length !== 1 && performance.now() < end) {
      await pause(300)
      found = await this.releases(site)
    }
    return found
  }

  async stop(): Promise<void> {
    for (const host of this.#hosts.values()) await host.close()
    await this.server.stop()
    await rm(this.directory, { recursive: true })
  }
}
