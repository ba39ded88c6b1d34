import { firstSteps } from './first-steps.js'
import type { ResolvedScaffold } from './scaffold-options.js'

const PACKAGES = {
  apache: 'apache2 libapache2-mod-wsgi-py3',
  nginx: 'nginx',
  sqlite: '',
  mysql: ' mariadb-server default-libmysqlclient-dev build-essential pkg-config python3-dev',
  postgresql: ' postgresql',
} as const

const CI = {
  github: `
"Run workflow" on the page of the workflow deploys what \`main\` has. It needs an environment \`production\` with the secret
\`DEPLOY_KEY\`, a private key that the server lets in, and the variable \`KNOWN_HOSTS\`, a line of your \`known_hosts\`.
`,
  gitlab: `
The job \`deploy\` of a pipeline of \`main\` is started by hand. It needs two variables of the type "file": \`DEPLOY_KEY_FILE\`, a
private key that the server lets in, and \`KNOWN_HOSTS_FILE\`, a line of your \`known_hosts\`.
`,
} as const

/** The text of a project's `README.md`. */
export function readmeFile(scaffold: ResolvedScaffold): string {
  const { project, host, domain, repository, webServer, database, ci, kind } = scaffold
  const user = host.includes('@') ? host.split('@')[0] : 'deploy'
  const packages = `${PACKAGES[webServer]}${PACKAGES[database]}`
  const modules = webServer === 'apache' ? '\na2enmod headers wsgi && apache2ctl graceful' : ''
  const administrator =
    kind === 'normal'
      ? `\nSomebody who may enter \`/admin/\` is made by \`django/website/manage.py createsuperuser\`, on the server in
\`/var/django/${project}/dev\`.\n`
      : ''
  return `# ${project}

A Django site, deployed to ${domain} by [dye-deploy](https://www.npmjs.com/package/dye-deploy).

| | |
| --- | --- |
| \`django/website/\` | the site; \`local_settings.py.<environment>\` has the settings of each environment |
| \`deploy/pip_packages.txt\` | the packages of Python that it needs |
| \`deployfile.ts\` | where it is deployed to, and how; \`deployfile.test.ts\` tests that |
| \`tasks/\` | what \`npm run …\` runs |

## Begin

It needs Node 20.19 or newer, and Python 3.10 or newer with \`venv\`.

\`\`\`sh
${firstSteps(scaffold).join('\n')}
\`\`\`

Done again, \`npm run develop\` does what has become necessary: packages, migrations. \`npm test\` tests the site and the
deployfile.
${administrator}
## The server, once

A Debian server on which \`${user}\` may log in with your key, and use sudo. As root:

\`\`\`sh
apt install git python3-venv ${packages}${modules}
\`\`\`

It fetches \`${repository}\` by itself: \`${user}\` needs a key there that may read it. On your machine the
server's key has to be in \`~/.ssh/known_hosts\`: log in once, and compare it.

## Deploy

\`\`\`sh
npm run plan
npm run deploy
\`\`\`

The first shows what the second will do. \`npm run rollback\` goes back to the release before.
${ci === false ? '' : CI[ci]}
## Https

Once the site answers, get a certificate, \`certbot certonly --webroot -w /var/www/letsencrypt -d ${domain}\`; name its files in
\`deployfile.ts\`, by \`.certificate(…)\`, and say \`HTTPS = True\` in \`local_settings.py.production\`. Until then a deploy warns
that cookies go by http.
`
}
