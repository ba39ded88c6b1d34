import type { ResolvedScaffold } from './scaffold-options.js'

const HEAD = `"""Settings that all environments share; local_settings.py.<environment> has those of each."""
from pathlib import Path

from private_settings import SECRET_KEY  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent

ROOT_URLCONF = 'urls'
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'

LANGUAGE_CODE = 'en'
TIME_ZONE = 'UTC'
USE_TZ = True

# the web server says how visitors came, and nobody else can
SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')
# these two are the web server's: site.certificate(…).hsts() in deployfile.ts
SILENCED_SYSTEM_CHECKS = ['security.W004', 'security.W008']
`

const list = (name: string, values: readonly string[]) =>
  `\n${name} = [\n${values.map(value => `    '${value}',\n`).join('')}]\n`

const DJANGO = 'django.middleware'
const CONTRIB = 'django.contrib'

const MINIMAL =
  '\nINSTALLED_APPS = []\n' +
  list('MIDDLEWARE', [
    'release.middleware',
    ...['security.SecurityMiddleware', 'common.CommonMiddleware'].map(name => `${DJANGO}.${name}`),
    ...['csrf.CsrfViewMiddleware', 'clickjacking.XFrameOptionsMiddleware'].map(name => `${DJANGO}.${name}`),
  ])

const NORMAL =
  list('INSTALLED_APPS', [
    ...['admin', 'auth', 'contenttypes', 'sessions', 'messages', 'staticfiles'].map(
      app => `${CONTRIB}.${app}`,
    ),
    'notes',
  ]) +
  list('MIDDLEWARE', [
    'release.middleware',
    `${DJANGO}.security.SecurityMiddleware`,
    `${CONTRIB}.sessions.middleware.SessionMiddleware`,
    `${DJANGO}.common.CommonMiddleware`,
    `${DJANGO}.csrf.CsrfViewMiddleware`,
    `${CONTRIB}.auth.middleware.AuthenticationMiddleware`,
    `${CONTRIB}.messages.middleware.MessageMiddleware`,
    `${DJANGO}.clickjacking.XFrameOptionsMiddleware`,
  ]) +
  `
AUTH_PASSWORD_VALIDATORS = [
    {'NAME': 'django.contrib.auth.password_validation.' + name}
    for name in ('MinimumLengthValidator', 'CommonPasswordValidator', 'UserAttributeSimilarityValidator')
]

TEMPLATES = [
    {
        'BACKEND': 'django.template.backends.django.DjangoTemplates',
        'APP_DIRS': True,
        'OPTIONS': {
            'context_processors': [
                'django.template.context_processors.request',
                'django.contrib.auth.context_processors.auth',
                'django.contrib.messages.context_processors.messages',
            ],
        },
    },
]

STATIC_URL = '/static/'
STATIC_ROOT = BASE_DIR / 'static'
MEDIA_URL = '/uploads/'
MEDIA_ROOT = BASE_DIR / 'uploads'
`

const TAIL = `
from local_settings import *  # noqa: E402,F401,F403
`

/** The text of `settings.py`. */
export function settings({ kind }: ResolvedScaffold): string {
  return HEAD + (kind === 'normal' ? NORMAL : MINIMAL) + TAIL
}

function onServer({ database, databaseName }: ResolvedScaffold, login: readonly string[]): string {
  if (database === 'sqlite') return ''
  const charset = database === 'mysql' ? "        'OPTIONS': {'charset': 'utf8mb4'},\n" : ''
  return `DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.${database}',
        'NAME': '${databaseName}',
${login.map(line => `        ${line},\n`).join('')}${charset}    }
}
`
}

const inFile = (file: string) => `DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.sqlite3',
        'NAME': Path(__file__).resolve().parent / ${file},
    }
}
`

/** Database and imports of an environment in which the machine's own password counts. */
function ofMachine(scaffold: ResolvedScaffold, file: string): readonly [imports: string, database: string] {
  if (scaffold.database === 'sqlite') return ['from pathlib import Path\n', inFile(file)]
  const login = [`'USER': '${scaffold.databaseName}'`, "'PASSWORD': DB_PASSWORD", "'HOST': 'localhost'"]
  return ['from private_settings import DB_PASSWORD\n', onServer(scaffold, login)]
}

const PRODUCTION_STATIC = `
# names of static files have a hash of their content, so that browsers may keep them
STORAGES = {
    'default': {'BACKEND': 'django.core.files.storage.FileSystemStorage'},
    'staticfiles': {'BACKEND': 'django.contrib.staticfiles.storage.ManifestStaticFilesStorage'},
}
`

function production(scaffold: ResolvedScaffold): string {
  const [imports, database] = ofMachine(scaffold, "'data' / 'site.sqlite3'")
  const { kind, domain } = scaffold
  const cookies = kind === 'normal' ? 'SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE' : 'CSRF_COOKIE_SECURE'
  return `${imports}
DEBUG = False
ALLOWED_HOSTS = ['${domain}']

# True as soon as the site has a certificate: cookies go by https only then
HTTPS = False
${cookies} = HTTPS

${database}${kind === 'normal' ? PRODUCTION_STATIC : ''}`
}

function development(scaffold: ResolvedScaffold): string {
  const [imports, database] = ofMachine(scaffold, "'dev.sqlite3'")
  return `${imports}
DEBUG = True
ALLOWED_HOSTS = []  # with DEBUG: localhost

${database}`
}

function integration(scaffold: ResolvedScaffold): string {
  const common = 'DEBUG = False\nALLOWED_HOSTS = []\n\n'
  if (scaffold.database === 'sqlite') return `from pathlib import Path\n\n${common}${inFile("'ci.sqlite3'")}`
  const login = ['USER', 'PASSWORD', 'HOST'].map(key => `'${key}': os.environ['DB_${key}']`)
  return `import os\n\n${common}${onServer(scaffold, login)}`
}

/** The texts of `local_settings.py.<environment>`, by environment. */
export function localSettings(scaffold: ResolvedScaffold): Readonly<Record<string, string>> {
  return {
    dev: development(scaffold),
    ci: integration(scaffold),
    production: production(scaffold),
  }
}
