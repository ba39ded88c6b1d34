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

/** A package that lies in the repository itself: nothing has to be fetched. */
const COMPOSER = {
  name: 'carers/site',
  repositories: [{ type: 'path', url: 'packages/*', options: { symlink: false } }, { packagist: false }],
  require: { 'carers/greeting': '*' },
  'require-dev': { 'carers/probe': '*' },
  autoload: { 'psr-4': { 'Carers\\': 'src/' } },
}

const packageOf = (name: string, namespace: string) =>
  JSON.stringify({ name, version: '1.0.0', autoload: { 'psr-4': { [`${namespace}\\`]: 'src/' } } })

/** Adds a version of a PHP site to a repository: two classes that have to be of one release, one of them a package's. */
export async function phpVersion(
  repository: ProjectRepository,
  tag: string,
  more: Readonly<Record<string, string | null>> = {},
): Promise<void> {
  const constant = (namespace: string, name: string) =>
    `<?php\nnamespace ${namespace};\nclass ${name} { const VERSION = '${tag}'; }\n`
  await repository.commit(tag, {
    'nginx/php.conf': PHP_SITE,
    'composer.json': JSON.stringify(COMPOSER),
    'packages/greeting/composer.json': packageOf('carers/greeting', 'Greeting'),
    'packages/greeting/src/Hello.php': "<?php\nnamespace Greeting;\nclass Hello { const TEXT = 'hello'; }\n",
    'packages/probe/composer.json': packageOf('carers/probe', 'Probe'),
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
