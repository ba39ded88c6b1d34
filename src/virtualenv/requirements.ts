/**
 * A Python program that prints the fingerprint of an environment: of the interpreter, the platform, the options, the
 * requirement files with everything that they include by -r and -c, and of what they name on this machine: wheels,
 * archives, directories. Of what is installed to be edited counts where it is, and what it requires.
 *
 * A second line has the files that were read, with their hashes, as JSON.
 *
 * Arguments: a text with the options, then requirement files, a `pyproject.toml`, directories with wheels.
 */
export const FINGERPRINT = String.raw`
import hashlib, json, os, re, sys, sysconfig
from urllib.parse import unquote, urlsplit
seen, parts = {}, [
    '%d.%d.%d' % sys.version_info[:3], sys.implementation.name, sysconfig.get_platform(),
    sysconfig.get_config_var('EXT_SUFFIX') or '', sys.argv[1]]
SKIPPED = {'__pycache__', 'build', 'dist', 'node_modules'}
def digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()
def add_content(path, only=None):
    if os.path.isfile(path):
        parts.append(digest(path))
    for root, directories, names in os.walk(path):
        directories[:] = sorted(
            name for name in directories
            if only is None and name not in SKIPPED and not name.startswith('.') and not name.endswith('.egg-info'))
        for name in sorted(names):
            if only is None and not name.endswith('.pyc') or only and name in only:
                file = os.path.join(root, name)
                parts.extend([os.path.relpath(file, path), digest(file)])
def on_this_machine(name):
    name = name.strip().strip('"\'')
    if name.startswith('file:'):
        return unquote(urlsplit(name).path)
    name = re.sub(r'\[[^][]*\]$', '', name)
    return name if '://' not in name and os.path.exists(name) else None
def add_requirement(line):
    name = re.split(r'\s+--|\s*;\s', line, maxsplit=1)[0]
    direct = re.search(r'@\s*(file:\S+)', name)
    path = on_this_machine(direct.group(1) if direct else name)
    if path and (direct or os.sep in name or os.path.isfile(path)):
        add_content(path)
def add(path):
    path = os.path.normpath(path)
    if path in seen:
        return
    seen[path] = digest(path)
    with open(path, encoding='utf-8') as file:
        text = file.read()
    parts.append(text)
    if path.endswith('.toml'):
        return
    here = os.path.dirname(path)
    for line in re.sub(r'\\\r?\n', ' ', text).splitlines():
        line = re.sub(r'(^|\s)#.*', '', line).strip()
        option = re.match(r'(-[rcef]|--(?:requirement|constraint|editable|find-links)(?=[\s=]))\s*=?\s*(.+)', line)
        if not option:
            if line and not line.startswith('-'):
                add_requirement(line)
            continue
        kind, value = option.group(1).lstrip('-')[0], option.group(2).strip().strip('"\'')
        beside = os.path.join(here, value)
        if kind in 'rc' and '://' not in value:
            add(beside)
        elif kind == 'f':
            path = on_this_machine(beside) or on_this_machine(value)
            if path:
                add_content(path)
        elif kind == 'e':
            path = on_this_machine(value)
            if path:
                parts.append(os.path.realpath(path))
                add_content(path, only={'pyproject.toml', 'setup.py', 'setup.cfg'})
for path in sys.argv[2:]:
    if os.path.isdir(path):
        add_content(path)
    else:
        add(path)
print(hashlib.sha256('\0'.join(parts).encode()).hexdigest()[:16])
print(json.dumps(seen, sort_keys=True))
`

/**
 * A Python program, for the environment's own Python, that prints what a `pyproject.toml` requires, a line each.
 *
 * Arguments: the file, extras with commas between them, dependency groups likewise.
 */
export const PYPROJECT = String.raw`
import sys
try:
    import tomllib
except ImportError:
    from pip._vendor import tomli as tomllib
path, extras, groups = sys.argv[1], sys.argv[2].split(','), sys.argv[3].split(',')
with open(path, 'rb') as file:
    content = tomllib.load(file)
project = content.get('project', {})
if 'dependencies' in project.get('dynamic', []):
    sys.exit('%s: its dependencies are dynamic; name a requirements file instead' % path)
found = list(project.get('dependencies', []))
def fail(kind, name, known):
    sys.exit('%s: there is no %s "%s"; there is: %s' % (path, kind, name, ', '.join(sorted(known)) or 'none'))
def add_group(name, above=()):
    known = content.get('dependency-groups', {})
    if name not in known or name in above:
        fail('dependency group', name, known)
    for entry in known[name]:
        if isinstance(entry, str):
            found.append(entry)
        else:
            add_group(entry['include-group'], (*above, name))
for name in filter(None, extras):
    known = project.get('optional-dependencies', {})
    if name not in known:
        fail('extra', name, known)
    found.extend(known[name])
for name in filter(None, groups):
    add_group(name)
print('\n'.join(found))
`
