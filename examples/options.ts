// options.ts
import { Database, type DeployOptions, Django, git, Host, Release, Virtualenv, WebServer } from 'dye-deploy'

export const options: DeployOptions = {
  project: 'carers',
  environment: 'production',
  hosts: [Host.ssh('deploy@web1.example.org')],
  source: git('git@git.example.org:carers.git').branch('main'),
  release: Release.under('/var/django').keep(5).share('django/website/uploads'),
  virtualenv: Virtualenv.at('django/website/.ve').requirements('deploy/pip_packages.txt').python('>=3.9'),
  application: Django.at('django/website'),
  database: Database.mysql({ name: 'carers' }),
  webServer: WebServer.apache('apache/production.conf'),
}
