import { type Command, change } from '../command/command.js'
import { BUNDLED } from './pip.js'

/**
 * Gives a new environment the bytecode that another one has for the same files: uv links files out of its cache, so that
 * the same file is the same inode. Prints those that have yet to be compiled. Arguments: the new one, the other one.
 */
const BYTECODE = `
import glob, importlib.util, os, struct, sys
new, other = map(os.path.realpath, sys.argv[1:3])

def cached(source):
    directory, name = os.path.split(source)
    return os.path.join(directory, '__pycache__', '%s.%s.pyc' % (name[:-3], sys.implementation.cache_tag))

def take(source):
    counterpart = os.path.join(other, os.path.relpath(source, new))
    status = os.stat(source)
    if not os.path.samestat(status, os.stat(counterpart)):
        return False
    wanted = importlib.util.MAGIC_NUMBER + struct.pack('<III', 0, int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF)
    with open(cached(counterpart), 'rb') as file:
        if file.read(16) != wanted:
            return False
    os.makedirs(os.path.dirname(cached(source)), exist_ok=True)
    os.link(cached(counterpart), cached(source))
    return True

for site in sorted({os.path.realpath(path) for path in glob.glob(new + '/lib*/python*/site-packages')}):
    for directory, names, files in os.walk(site):
        for name in files:
            source = os.path.join(directory, name)
            try:
                done = not name.endswith('.py') or take(source)
            except OSError:
                done = False
            if not done:
                print(source)
`

/** Makes the environment `$new` with what `venv` puts into one, but faster. */
export function uvCreate(options: readonly string[]): Command {
  return change`
        "$python" -m venv --without-pip ${options} -- "$new" &&
        "$python" -c ${`${BUNDLED}print(*wheels, sep="\\n")`} >"$new/bundled" &&
        "$uv" pip install --python "$new/bin/python" --quiet --no-index --no-deps --offline --requirement "$new/bundled" &&
        rm -f -- "$new/bundled" || exit 1`
}

/** Installs `$@` into `$new`, and compiles it; bytecode is taken from the environment `$other` where that has it. */
export function uvInstall(withoutCache: boolean): Command {
  return change`
        "$uv" pip install --python "$new/bin/python" ${withoutCache ? ['--no-cache'] : []} "$@" || exit 1
        "$python" -c ${BYTECODE} "$new" "\${other:-$new/none}" >"$new/stale" || exit 1
        [ ! -s "$new/stale" ] || "$new/bin/python" -m compileall -qq -j 0 -i "$new/stale" || : # as with pip, what is no Python of this version stays as it is
        rm -f -- "$new/stale"`
}
