import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { type DraftOptions, draftDeployfile } from '../../../../src/develop/draft/draft-deployfile.js'
import { localPlace } from '../../../support/temporary.js'

const FIXTURE = fileURLToPath(new URL('../../../fixtures/django-project/version-1', import.meta.url))
const EXAMPLE = new URL('../../../../examples/deployfile.ts', import.meta.url)

const MANAGE = (settings: string) =>
  `import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', '${settings}')\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n`
const WSGI =
  'import os\nfrom django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n'

describe('a deployfile for a project that there is', () => {
  const place = localPlace()
  let count = 0

  async function project(files: Readonly<Record<string, string>>): Promise<string> {
    count += 1
    const directory = join(place.directory, `project${count}`)
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
    return directory
  }

  const draft = async (files: Readonly<Record<string, string>>, more: DraftOptions = {}) =>
    draftDeployfile({ directory: await project(files), ...more })

  it('is the one of the README for a project in DYE’s structure', async () => {
    const directory = await project({
      '.git/HEAD': 'ref: refs/heads/main\n',
      '.git/config': '[core]\n\tbare = false\n[remote "origin"]\n\turl = git@git.example.org:carers.git\n',
      '.python-version': '3.9.18\n',
    })
    await cp(FIXTURE, directory, { recursive: true })
    const { text, notes } = await draftDeployfile({ directory, host: 'deploy@web1.example.org' })
    expect(notes).toEqual([
      'of the configurations apache/production.conf was taken, not nginx/production.conf',
      'deploy/pip_packages.txt names no driver for mysql',
    ])
    const statements = (code: string) => code.split('\n').filter(line => !line.startsWith('//'))
    expect(
      statements(text)
        .join('\n')
        .replace(/import [^}]*.*/, ''),
    ).toBe(
      statements(await readFile(EXAMPLE, 'utf8'))
        .join('\n')
        .replace(/import [^}]*.*/, ''),
    )
  })

  it('knows what DYE was told', async () => {
    const { text, notes } = await draft(
      {
        'django/website/manage.py': MANAGE('settings'),
        'django/website/settings.py': 'from local_settings import *\n',
        'django/website/local_settings.py.staging':
          "DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql'}}\n",
        'wsgi/wsgi_handler.py': WSGI,
        'apache/staging.conf':
          '<VirtualHost *:80>\nWSGIScriptAlias / /var/django/care_home/dev/wsgi/wsgi_handler.py\n</VirtualHost>\n',
        'deploy/pip_packages.txt': 'Django==1.11\nmysqlclient\n',
        'deploy/project_settings.py': `
project_name = 'care_home'
repo_type = 'svn'
repository = 'https://svn.example.org/' + project_name
host_list = {'staging': ['deploy@a.example.org:48001', 'deploy@b.example.org'], 'production': []}
server_home = '/srv'
`,
        'deploy/localtasks.py': 'def post_deploy(environment):\n    pass\n',
      },
      { environment: 'staging' },
    )
    expect(text).toContain(
      "hosts: [Host.ssh('deploy@a.example.org:48001'), Host.ssh('deploy@b.example.org')],",
    )
    expect(text).toContain("source: subversion('https://svn.example.org/care_home'),")
    expect(text).toContain("release: Release.under('/srv').keep(5),")
    expect(text).toContain('database: Database.mysql(),')
    expect(notes).toEqual([
      'wsgi/wsgi_handler.py should resolve os.path.realpath(__file__), so that a process keeps to its release',
      'functions of deploy/localtasks.py have to become hooks: post_deploy',
    ])
  })

  it('is made for Django’s own structure, with settings out of the environment', async () => {
    const { text, notes } = await draft(
      {
        '.git/HEAD': 'ref: refs/heads/stable\n',
        '.git/config': '[remote "origin"]\n\turl = https://ann:secret@git.example.org/care.git\n',
        'pyproject.toml':
          '[project]\nrequires-python = ">=3.11,<4"\ndependencies = ["Django", "psycopg", "gunicorn"]\n',
        'manage.py': MANAGE('care.settings.dev'),
        'care/__init__.py': '',
        'care/wsgi.py': WSGI.replace('os\n', 'os  # realpath\n'),
        'care/settings/__init__.py': '',
        'care/settings/base.py': `import os
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent.parent
SECRET_KEY = os.environ['SECRET_KEY']
STATIC_ROOT = BASE_DIR / 'public' / 'static'
MEDIA_ROOT = BASE_DIR / 'media'
DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'care', 'PASSWORD': os.environ['DB_PASSWORD']}}
`,
        'care/settings/production.py': "from .base import *\nALLOWED_HOSTS = ['.x', 'care.example.org']\n",
      },
      { host: 'web1' },
    )
    expect(text.slice(text.indexOf('\nimport') + 1)).toBe(`import {
  AppServer,
  Database,
  deploy,
  Django,
  git,
  Host,
  Release,
  Site,
  terminal,
  Virtualenv,
  WebServer,
} from 'dye-deploy'

const gunicorn = AppServer.gunicorn('care.wsgi:application', { directory: '.' })
const site = Site.named('care.example.org')
  .files('/static/', 'public/static')
  .files('/uploads/', 'media')
  .upstream(gunicorn)

const result = await deploy({
  project: 'care',
  environment: 'production',
  hosts: [Host.ssh('web1')],
  source: git('https://git.example.org/care.git').branch('stable'),
  release: Release.under('/var/django').keep(5).share('media'),
  virtualenv: Virtualenv.at('.ve').pyproject().python('>=3.11'),
  application: Django.at('.').wsgi('care/wsgi.py').environmentFile(),
  database: Database.postgresql({ name: 'care' }),
  webServer: WebServer.nginx(site),
  processes: [gunicorn],
  onEvent: terminal(),
})
process.exitCode = result.exitCode
`)
    expect(notes.join('\n')).not.toContain('secret')
    expect(notes).toContain(
      'the password in the address of the repository was left out: give it by git(url).login(…)',
    )
    expect(notes).toContain(
      'manage.py names care.settings.dev, also on the server: it should name the settings for production there',
    )
  })

  it('has processes where a configuration asks for some', async () => {
    const { text, notes } = await draft({
      'site/manage.py': MANAGE('settings'),
      'site/settings.py': 'from local_settings import *\n',
      'wsgi/wsgi_handler.py': WSGI,
      'nginx/carers.conf':
        'server {\n  listen 80;\n  location / {\n    proxy_pass http://127.0.0.1:8000;\n  }\n}\n',
      'requirements.txt': 'django\n',
      'CVS/Root': ':pserver:x@cvs.example.org:/cvs\n',
      'CVS/Repository': 'carers\n',
    })
    expect(text).toContain("source: cvs(':pserver:x@cvs.example.org:/cvs', 'carers'),")
    expect(text).toContain("webServer: WebServer.nginx('nginx/carers.conf'),")
    expect(text).toContain(
      "processes: [AppServer.gunicorn('wsgi_handler:application', { directory: 'wsgi' })],",
    )
    expect(notes).toEqual(
      expect.arrayContaining([
        'there is no site/local_settings.py.production, which the settings for production belong in',
        'nginx/carers.conf does not name /var/django/carers/dev/, where the live code will be',
        'nginx/carers.conf asks http://127.0.0.1:8000; gunicorn will be at /run/carers/gunicorn.sock',
        'no packages name gunicorn, which nginx/carers.conf may want',
      ]),
    )
  })

  it('says what it could not tell', async () => {
    const { text, notes } = await draft({
      'manage.py': MANAGE('settings'),
      'old/manage.py': MANAGE('settings'),
      'settings.py': "DATABASES = {'default': env.db()}\nMEDIA_ROOT = '/srv/media'\n",
      '.ve/pyvenv.cfg': '',
      '.ve/requirements.txt': 'Django',
    })
    expect(notes).toEqual([
      'there are other projects, too: old/manage.py',
      'MEDIA_ROOT is not in the project, so it is not shared',
      'there is no WSGI entry, such as wsgi/wsgi_handler.py',
      'the settings do not import local_settings: put "from local_settings import *" at their end',
      'the settings do not say in plain words which database they have',
      'no repository was found: what is in this directory is deployed',
      'deploy@web1.example.org is an example: name your server',
      'no configuration of Apache or nginx was found, and no name to make one for',
      'no file names the packages that are needed, such as deploy/pip_packages.txt',
    ])
    for (const note of notes) expect(text).toContain(`\n// - ${note}\n`)
  })

  it('has SQLite in a directory that releases can share, or says so', async () => {
    const settings = (name: string) => ({
      'manage.py': MANAGE('settings'),
      'settings.py': `DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ${name}}}\n`,
    })
    const beside = await draft(settings("os.path.join(os.path.dirname(__file__), 'db.sqlite3')"))
    expect(beside.text).not.toContain('Database')
    expect(beside.notes).toContain(
      'the file of SQLite has to be in a directory that releases can share, such as data',
    )
    const own = await draft(settings("os.path.join(os.path.dirname(__file__), 'var', 'db.sqlite3')"), {
      project: 'x',
    })
    expect(own.text).toContain(".share('var')")
    expect(own.text).toContain("Database.sqlite({ file: '/var/django/x/shared/var/db.sqlite3' })")
    const elsewhere = await draft(settings("'/srv/db.sqlite3'"))
    expect(elsewhere.text).toContain("Database.sqlite({ file: '/srv/db.sqlite3' })")
  })

  it('takes what is in files for what it is, whatever that is', async () => {
    const hostile = "x'\\n}); process.exit(7) //"
    const { text, notes } = await draft({
      '.git/config': `[remote "origin"]\n\turl = git@x:'+process.exit(7)+'\n`,
      'manage.py': MANAGE('settings'),
      'settings.py': `from local_settings import *\nMEDIA_ROOT = os.path.join(os.path.dirname(__file__), "${hostile}")\nDATABASES = {'default': {'ENGINE': "${hostile}\\u2028mysql\\nprocess.exit(7)"}}\n`,
      "a'\nprocess.exit(7)\n'.conf": '<VirtualHost *>\n',
    })
    const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true })
    expect(diagnostics).toEqual([])
    const file = ts.createSourceFile('deployfile.ts', text, ts.ScriptTarget.Latest)
    expect(file.statements.map(({ kind }) => ts.SyntaxKind[kind])).toEqual([
      'ImportDeclaration',
      'FirstStatement',
      'ExpressionStatement',
    ])
    expect(file.statements[2]?.getText(file)).toBe('process.exitCode = result.exitCode')
    for (const note of notes) expect(note).not.toContain('\n')
  })

  it('is written where that is wanted, but never over another one', async () => {
    const files = { 'manage.py': MANAGE('settings'), 'settings.py': '' }
    const directory = await project(files)
    const { text } = await draftDeployfile({ directory, write: true })
    const file = join(directory, 'deployfile.ts')
    expect(await readFile(file, 'utf8')).toBe(text)
    await writeFile(file, 'mine')
    await expect(draftDeployfile({ directory, write: true })).rejects.toThrow('there is')
    expect(await readFile(file, 'utf8')).toBe('mine')
  })

  it('is refused where there is no project', async () => {
    await expect(draft({ 'README.md': '' })).rejects.toThrow('has no manage.py of Django')
    await expect(draftDeployfile({ directory: join(place.directory, 'nowhere') })).rejects.toThrow(
      'cannot be read',
    )
  })
})
