import { manageWrapper } from '../manage-wrapper.js'
import { localSettings, settings } from './django-settings.js'
import { minimalSite } from './minimal-site.js'
import { notesSite } from './notes-site.js'
import type { ResolvedScaffold } from './scaffold-options.js'

const WEBSITE = 'django/website'

const RELEASE = `"""Tells by a header which release an answer is of, so that a deploy knows whether the new one answers."""
import os

RELEASE = os.path.realpath(__file__).split(os.sep)[-4]  # previous/<release>/django/website/release.py


def middleware(get_response):
    def answer(request):
        response = get_response(request)
        response['X-Dye-Release'] = RELEASE
        return response

    return answer
`

const WSGI = `"""What the web server runs."""
import os
import sys

# the release itself, not the link to it, and its own virtualenv: a process keeps to the code that it was started with
RELEASE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path[:] = [os.path.realpath(path) for path in sys.path]
sys.path.insert(0, os.path.join(RELEASE, 'django', 'website'))
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
`

const DRIVERS = { sqlite: [], mysql: ['mysqlclient>=2.2'], postgresql: ['psycopg[binary]>=3.1'] } as const

function requirements({ django, webServer, database }: ResolvedScaffold): string {
  const range = django.replace(/\s+/g, '')
  return [`Django${range}`, ...(webServer === 'nginx' ? ['gunicorn'] : []), ...DRIVERS[database], ''].join(
    '\n',
  )
}

/** The Python side of a project: the texts of its files, by their paths. */
export function djangoFiles(scaffold: ResolvedScaffold): Readonly<Record<string, string>> {
  const own = scaffold.kind === 'normal' ? notesSite(scaffold) : minimalSite(scaffold)
  const files: Readonly<Record<string, string>> = {
    'manage.py': manageWrapper('.ve', '../..', 'settings'),
    'settings.py': settings(scaffold),
    'release.py': RELEASE,
    ...own,
  }
  const local = Object.entries(localSettings(scaffold))
  return {
    'deploy/pip_packages.txt': requirements(scaffold),
    'wsgi/wsgi_handler.py': WSGI,
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`${WEBSITE}/${name}`, text])),
    ...Object.fromEntries(
      local.map(([environment, text]) => [`${WEBSITE}/local_settings.py.${environment}`, text]),
    ),
  }
}
