import { type Command, change } from '../command/command.js'

/** Start of programs: `wheels`, those that Python brings along for a new environment, as `venv` would install them. */
export const BUNDLED = `
import ensurepip, glob, os, sys
place = getattr(ensurepip, '_WHEEL_PKG_DIR', None) or os.path.join(os.path.dirname(ensurepip.__file__), '_bundled')
names = ['pip'] + ['setuptools'] * (sys.version_info < (3, 12))
wheels = [max(glob.glob(os.path.join(place, name + '-*.whl'))) for name in names]
`

/**
 * Unpacks those wheels into a new environment, which is all that their installation is, but for scripts: `venv` has a pip that
 * runs out of an archive do it, and compiles all of it, which takes ten times as long. Argument: the environment.
 */
export const UNPACK_PIP = `${BUNDLED}
import zipfile
# of its own shell: a path may be too long for the first line, or have a space
SCRIPT = """#!/bin/sh
'''exec' "%s/bin/python" "$0" "$@"
' '''
import sys
from pip._internal.cli.main import main
sys.exit(main())
"""
new = sys.argv[1]
version = sys.version_info[:2]
site = os.path.join(new, 'lib', 'python%d.%d' % version, 'site-packages')
for path in wheels:
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(site)
quoted = ''.join('\\\\' + each if each in '$"\`\\\\' else each for each in new)
scripts = ['pip', 'pip%d' % version[:1], 'pip%d.%d' % version]
for name in scripts:
    script = os.path.join(new, 'bin', name)
    with open(script, 'w') as file:
        file.write(SCRIPT % quoted)
    os.chmod(script, 0o755)
with open(glob.glob(os.path.join(site, 'pip-*.dist-info', 'RECORD'))[0], 'a') as record:
    record.writelines('../../../bin/%s,,\\n' % name for name in scripts)
`

/** Makes the environment `$new`, in the short way, or else in that of `venv`, which says what is missing. */
export function pipCreate(options: readonly string[]): Command {
  return change`
        { "$python" -m venv --without-pip ${options} -- "$new" && "$python" -c ${UNPACK_PIP} "$new"; } 2>/dev/null || {
          rm -rf -- "$new" && "$python" -m venv ${options} -- "$new" || exit 1; }`
}

/** Installs `$@` into `$new`. */
export function pipInstall(withoutCache: boolean): Command {
  const fresh = withoutCache ? ['--no-cache-dir'] : []
  return change`"$new/bin/python" -m pip install --no-input --disable-pip-version-check ${fresh} "$@" || exit 1`
}
