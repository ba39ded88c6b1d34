/** Start of each program: Django with the settings of the directory it runs in. */
const START = `
import os, sys
sys.path.insert(0, os.getcwd())
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')
`

/** Prints the default database's settings as shell assignments. */
export const CREDENTIALS = `${START}
import shlex
from django.conf import settings
database = settings.DATABASES['default']
for key in ('NAME', 'USER', 'PASSWORD', 'HOST', 'PORT'):
    print('DB_%s=%s' % (key, shlex.quote(str(database.get(key) or ''))))
`

/**
 * Makes the tables of database caches that are not there, and prints the pending migrations, a line each.
 * With the argument `look` it makes nothing, and fails if it would have to.
 */
export const PENDING = `${START}
import io
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
if sys.argv[1:] == ['look']:
    missing = io.StringIO()
    call_command('createcachetable', dry_run=True, verbosity=0, stdout=missing)
    if missing.getvalue():
        sys.exit('a cache table is missing')
else:
    call_command('createcachetable', verbosity=0)
executor = MigrationExecutor(connection)
for migration, backwards in executor.migration_plan(executor.loader.graph.leaf_nodes()):
    print('%s.%s' % (migration.app_label, migration.name))
`
