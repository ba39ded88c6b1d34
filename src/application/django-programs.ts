/** Start of each program: Django with the settings of the directory it runs in. */
const START = `
import os, sys
sys.path.insert(0, os.getcwd())
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')
`

/** Prints a database's settings as shell assignments. Argument: its alias. */
export const CREDENTIALS = `${START}
import shlex
from django.conf import settings
if sys.argv[1] not in settings.DATABASES:
    sys.exit('DATABASES has no "%s", only %s' % (sys.argv[1], ', '.join(settings.DATABASES)))
database = settings.DATABASES[sys.argv[1]]
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

/** Prints the migrations that the code knows, a line each, those that were squashed included. */
export const KNOWN = `${START}
import django
django.setup()
from django.db.migrations.loader import MigrationLoader
for (app, name), migration in MigrationLoader(None).disk_migrations.items():
    for known in [(app, name), *migration.replaces]:
        print('%s.%s' % known)
`

/** Exit code of {@link BACK} for migrations that cannot be taken back. */
export const IRREVERSIBLE = 3

/**
 * Reads the migrations that another release knows, and prints those that the database has besides, in the order in
 * which they can be taken back. With the argument `run` it takes them back.
 */
export const BACK = `${START}
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
known = set(sys.stdin.read().split())
executor = MigrationExecutor(connection)
loader, graph = executor.loader, executor.loader.graph
beyond = {key for key in loader.applied_migrations if '%s.%s' % key not in known}
replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}

def refuse(reason, keys):
    print(reason + ': ' + ', '.join(sorted('%s.%s' % key for key in keys)))
    sys.exit(${IRREVERSIBLE})

def is_reversible(operation):
    return operation.reversible and all(map(is_reversible, getattr(operation, 'database_operations', [])))

unknown = {key for key in beyond if key not in graph.nodes and key not in replaced}
if unknown:
    refuse('the live release does not know', unknown)
beyond = {key for key in beyond if key in graph.nodes}
order = []
for key in sorted(beyond):
    for node in graph.backwards_plan(key):
        if node not in order and node in loader.applied_migrations:
            order.append(node)
# what depends on a migration comes before it
order.sort(key=lambda node: len([other for other in graph.backwards_plan(node) if other in order]))
needed = set(order) - beyond
if needed:
    refuse('what the older release needs depends on them', needed)
lost = [key for key in order if not all(map(is_reversible, graph.nodes[key].operations))]
if lost:
    refuse('these have no way back', lost)
if sys.argv[1:] == ['run']:
    executor.migrate(None, plan=[(graph.nodes[key], True) for key in order])
for key in order:
    print('%s.%s' % key)
`
