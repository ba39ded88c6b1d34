import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import type { ProjectRepository } from './project-repository.js'

/** The site's configuration for nginx. */
export const PHP_SITE = `server {
    listen 80;
    server_name carers.test;
    root /var/django/carers/dev/public;
    index index.php;

    location / {
        try_files $uri /index.php$is_args$args;
    }
    location ~ [.]php$ {
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;
        fastcgi_param DOCUMENT_ROOT $realpath_root;
        fastcgi_pass unix:/run/carers/php-fpm.sock;
    }
}
`

/** The same for Apache, by the way of its manual. */
export const PHP_SITE_OF_APACHE = `<VirtualHost *:80>
    ServerName carers.test
    DocumentRoot /var/django/carers/dev/public
    <Directory /var/django/carers/dev/public>
        Require all granted
        FallbackResource /index.php
    </Directory>
    <FilesMatch "[.]php$">
        SetHandler "proxy:unix:/run/carers/php-fpm.sock|fcgi://localhost"
    </FilesMatch>
</VirtualHost>
`

/** A package that lies in the repository itself: nothing has to be fetched. */
export const COMPOSER = {
  name: 'carers/site',
  repositories: [{ type: 'path', url: 'packages/*', options: { symlink: false } }, { packagist: false }],
  require: { 'carers/greeting': '*' },
  'require-dev': { 'carers/probe': '*' },
  autoload: { 'psr-4': { 'Carers\\': 'src/' } },
}

const packageOf = (name: string, namespace: string) =>
  JSON.stringify({ name, version: '1.0.0', autoload: { 'psr-4': { [`${namespace}\\`]: 'src/' } } })

/** The lock file that composer makes of these files. */
export async function lockOf(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dye-composer-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
    const env = { COMPOSER_ALLOW_SUPERUSER: '1', COMPOSER_HOME: join(directory, '.composer') }
    await execa('composer', ['update', '--no-install', '--no-interaction', '--quiet'], {
      cwd: directory,
      env,
    })
    return await readFile(join(directory, 'composer.lock'), 'utf8')
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** What composer has to know of the site. */
export const COMPOSER_FILES = {
  'composer.json': JSON.stringify(COMPOSER),
  'packages/greeting/composer.json': packageOf('carers/greeting', 'Greeting'),
  'packages/probe/composer.json': packageOf('carers/probe', 'Probe'),
}

let lock: Promise<string> | undefined

/** Adds a version of a PHP site to a repository: two classes that have to be of one release, one of them a package's. */
export async function phpVersion(
  repository: ProjectRepository,
  tag: string,
  more: Readonly<Record<string, string | null>> = {},
): Promise<void> {
  lock ??= lockOf(COMPOSER_FILES)
  const constant = (namespace: string, name: string) =>
    `<?php\nnamespace ${namespace};\nclass ${name} { const VERSION = '${tag}'; }\n`
  await repository.commit(tag, {
    ...COMPOSER_FILES,
    'composer.lock': await lock,
    'nginx/php.conf': PHP_SITE,
    'apache/php.conf': PHP_SITE_OF_APACHE,
    'packages/greeting/src/Hello.php': "<?php\nnamespace Greeting;\nclass Hello { const TEXT = 'hello'; }\n",
    'packages/probe/src/Probe.php': '<?php\nnamespace Probe;\nclass Probe { }\n',
    'src/One.php': constant('Carers', 'One'),
    'src/Other.php': constant('Carers', 'Other'),
    'public/style.css': `/* ${tag} */\n`,
    'public/index.php': `<?php
require __DIR__ . '/../vendor/autoload.php';
file_put_contents(__DIR__ . '/../var/log/visits', '.', FILE_APPEND);
header('Content-Type: text/plain');
echo implode(' ', [Greeting\\Hello::TEXT, '${tag}', Carers\\One::VERSION, Carers\\Other::VERSION, class_exists('Probe\\Probe') ? 'probe' : 'no probe']);
`,
    ...more,
  })
}
