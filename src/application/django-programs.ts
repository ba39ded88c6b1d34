/** Start of each program: Django with the settings that the `manage.py` of the directory names. */
const START = `
import os, re, sys
sys.path.insert(0, os.getcwd())
named = None
if os.path.exists('manage.py'):
    with open('manage.py', encoding='utf-8') as file:
        named = re.search('DJANGO_SETTINGS_MODULE[^,]*,[^\\w]*([\\w.]+)', file.read())
os.environ.setdefault('DJANGO_SETTINGS_MODULE', named.group(1) if named else 'settings')
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
 * Makes the tables of database caches that are not there, and prints the pending migrations, a line each; those of
 * other databases than the default one after their alias and a colon. Arguments: `look` or `make`, then aliases.
 * With `look` it makes nothing, and fails if it would have to.
 */
export const PENDING = `${START}
import io
import django
django.setup()
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
for alias in sys.argv[2:]:
    if sys.argv[1] == 'look':
        missing = io.StringIO()
        call_command('createcachetable', database=alias, dry_run=True, verbosity=0, stdout=missing)
        if missing.getvalue():
            sys.exit('a cache table is missing')
    else:
        call_command('createcachetable', database=alias, verbosity=0)
    executor = MigrationExecutor(connections[alias])
    for migration, backwards in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        before = '' if alias == 'default' else alias + ':'
        print('%s%s.%s' % (before, migration.app_label, migration.name))
`

/**
 * Collects static files, and builds what is compressed or bundled where that is installed; then asks what Django finds wrong with
 * the settings. Nothing that it finds is a reason to fail. Its last line is JSON: `done`, what was collected, and `wrong`.
 * Arguments: `collect`, `check`, or both.
 */
export const ASSETS = `${START}
import json
import django
django.setup()
from django.apps import apps
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command

def collect():
    if apps.is_installed('django_assets'):
        call_command('assets', 'build')
        yield 'bundled'
    if apps.is_installed('django.contrib.staticfiles') and settings.STATIC_ROOT:
        call_command('collectstatic', interactive=False, verbosity=0)
        yield 'collected'
    if apps.is_installed('compressor') and getattr(settings, 'COMPRESS_ENABLED', True) and getattr(settings, 'COMPRESS_OFFLINE', False):
        call_command('compress', verbosity=0)
        yield 'compressed'

def check():
    try:
        found = [each for each in run_checks(include_deployment_checks=True) if not each.is_silenced()]
    except Exception:
        return []
    return ['%s: %s' % (each.id, ' '.join(str(each.msg).split())) for each in found]

done = list(collect()) if 'collect' in sys.argv else []
wrong = check() if 'check' in sys.argv else []
print('\\n' + json.dumps({'done': done, 'wrong': wrong}))
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
 * Reads the migrations that another release knows, and prints those that the databases have besides, in the order in
 * which they can be taken back; those of other databases than the default one after their alias and a colon.
 * Arguments: `look`, or `run`, which takes them back, then aliases.
 */
export const BACK = `${START}
import django
django.setup()
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
known = set(sys.stdin.read().split())

def refuse(alias, reason, keys):
    print(reason + ': ' + ', '.join(sorted(named(alias, key) for key in keys)))
    sys.exit(${IRREVERSIBLE})

def named(alias, key):
    return ('' if alias == 'default' else alias + ':') + '%s.%s' % key

def is_reversible(operation):
    return operation.reversible and all(map(is_reversible, getattr(operation, 'database_operations', [])))

def order_of(alias, executor):
    loader, graph = executor.loader, executor.loader.graph
    beyond = {key for key in loader.applied_migrations if '%s.%s' % key not in known}
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    unknown = {key for key in beyond if key not in graph.nodes and key not in replaced}
    if unknown:
        refuse(alias, 'the live release does not know', unknown)
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
        refuse(alias, 'what the older release needs depends on them', needed)
    lost = [key for key in order if not all(map(is_reversible, graph.nodes[key].operations))]
    if lost:
        refuse(alias, 'these have no way back', lost)
    return order

executors = {alias: MigrationExecutor(connections[alias]) for alias in sys.argv[2:]}
orders = {alias: order_of(alias, executor) for alias, executor in executors.items()}
for alias, order in orders.items():
    executor = executors[alias]
    if sys.argv[1] == 'run' and order:
        executor.migrate(None, plan=[(executor.loader.graph.nodes[key], True) for key in order])
    for key in order:
        print(named(alias, key))
`
