import {
  AppServer,
  Database,
  type DeployEvent,
  type DeployOptions,
  Django,
  git,
  Host,
  Release,
  Virtualenv,
  WebServer,
} from 'dye-deploy'
import type { TestServer } from './test-server.js'

/** The bare repository of the fixture on a test server. */
export const REPOSITORY = '/srv/git/carers.git'

/** A host for a test server, over SSH with strict host key checks. */
export function sshHost(server: TestServer, user = 'deploy'): Host {
  const { identityFile, knownHosts } = server
  return Host.ssh(`${user}@${server.address}`, { identityFile, knownHosts })
}

/** Options that deploy a tag of the fixture to a test server as a user would write them; events are kept. */
export function carers(
  host: Host,
  tag: string,
  more: Partial<DeployOptions> = {},
): DeployOptions & { readonly events: readonly DeployEvent[] } {
  const events: DeployEvent[] = []
  return {
    project: 'carers',
    environment: 'production',
    hosts: [host],
    source: git(REPOSITORY).tag(tag),
    release: Release.under('/var/django').keep(5).share('django/website/uploads'),
    virtualenv: Virtualenv.at('django/website/.ve')
      .requirements('deploy/pip_packages.txt')
      .python('>=3.9')
      .systemSitePackages(),
    application: Django.at('django/website'),
    database: Database.mysql({ name: 'carers' }),
    webServer: WebServer.apache('apache/production.conf'),
    onEvent: event => events.push(event),
    ...more,
    events,
  }
}

/** What serves the fixture's site in place of Apache. */
export const BY_NGINX: Pick<DeployOptions, 'webServer' | 'processes'> = {
  webServer: WebServer.nginx('nginx/production.conf'),
  processes: [AppServer.gunicorn('wsgi_handler:application', { directory: 'wsgi' })],
}

/** A page of the fixture's site, as a list of lines. */
export async function page(server: TestServer, path = '/'): Promise<string> {
  const { stdout } = await server.exec(
    `curl -sS --max-time 10 -H 'Host: carers.test' http://127.0.0.1${path}`,
  )
  return stdout
}
