// A Django site behind Apache, with MySQL, on one server over SSH.
import { Database, Django, deploy, git, Host, Release, terminal, Virtualenv, WebServer } from 'dye-deploy'

const result = await deploy({
  project: 'carers',
  environment: 'production', // puts local_settings.py.production in force
  hosts: [Host.ssh('deploy@web1.example.org')], // its key must be in known_hosts
  source: git('git@git.example.org:carers.git').branch('main'),

  // releases are in /var/django/carers/previous, the live one is the link /var/django/carers/dev
  release: Release.under('/var/django').keep(5).share('django/website/uploads'),

  // built once for the same requirements, and linked from each release
  virtualenv: Virtualenv.at('django/website/.ve').requirements('deploy/pip_packages.txt').python('>=3.9'),
  application: Django.at('django/website'),
  database: Database.mysql({ name: 'carers' }), // user and password are those of the settings
  webServer: WebServer.apache('apache/production.conf').check('https://www.example.org/'),

  hooks: {
    // the new release is live, and the lock still held: what fails here is a warning
    async postDeploy({ host, release }) {
      await host.within(`${release.path}/django/website`)
        .run`.ve/bin/python manage.py rebuild_index --noinput`
    },
  },
  onEvent: terminal(), // a line for each step
})

// a deploy that fails does not throw: the old release is live then, and result.error says why
console.log(result.outcome, result.revision, result.downtime?.milliseconds ?? 0)
process.exitCode = result.exitCode
