import type { DeployOptions, Virtualenv, WebServer } from 'dye-deploy'
import { Database, Django, git, Host, Release, terminal } from 'dye-deploy'

/** What the demo finds out when it starts; in a deployfile of your own these are constants. */
export interface DemoPlace {
  readonly repository: string
  readonly release: Release
  readonly virtualenv: Virtualenv
  readonly webServer: WebServer
  readonly signal: AbortSignal
}

/** Where releases are kept: here it is a directory of ours, on a server `/var/django`. */
export const releaseUnder = (home: string) => Release.under(home).keep(3).share('django/website/data')

/** What is deployed, where to, and how. */
export function deployfile({ repository, release, virtualenv, webServer, signal }: DemoPlace): DeployOptions {
  return {
    project: 'demo',
    environment: 'demo',
    hosts: [Host.local()],
    source: git(repository).branch('main'),
    release,
    virtualenv,
    application: Django.at('django/website'),
    database: Database.sqlite({
      file: `${release.layoutOf('demo').shared}/django/website/data/site.sqlite3`,
    }),
    webServer,
    dailyDumps: false,
    questions: { diskAlmostFull: 'continue' },
    onEvent: terminal(),
    signal,
  }
}
