import { posix } from 'node:path'
import { OptionError } from '../errors/option-error.js'
import { Host } from '../host/host.js'

/** Where a wrapper is put, and for which virtualenv. */
export interface ManageWrapperOptions {
  /** The checkout. @defaultValue the working directory */
  readonly directory?: string
  /** Directory of the Django project, relative to the checkout. */
  readonly project: string
  /** The virtualenv, relative to the checkout. @defaultValue `.ve` in the project */
  readonly virtualenv?: string
  /** @defaultValue the one that the `manage.py` there names, else `settings` */
  readonly settings?: string
  /** True: a `manage.py` with code of its own is replaced, too. @defaultValue false */
  readonly overwrite?: boolean
}

const MARK = '# Made by dye-deploy'

/** A Python text literal. */
const literal = (text: string) => JSON.stringify(text)

/**
 * The text of a `manage.py` that runs itself with the Python of a virtualenv.
 *
 * @param virtualenv - path of it, relative to the Django project
 * @param root - the checkout, relative to the Django project
 */
export function manageWrapper(virtualenv: string, root: string, settings: string): string {
  return `#!/usr/bin/env python3
${MARK}: runs itself with the Python of the project's virtualenv.
import hashlib
import json
import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, ${literal(root)}))
VIRTUALENV = os.path.normpath(os.path.join(HERE, ${literal(virtualenv)}))


def changed_requirements():
    """Requirement files that are not what the virtualenv was built from."""
    try:
        with open(os.path.join(VIRTUALENV, '.ready'), encoding='utf-8') as file:
            known = json.loads(file.read().split('\\n')[1])
    except (OSError, ValueError, IndexError):
        return []
    changed = []
    for name, digest in known.items():
        try:
            with open(os.path.join(ROOT, name), 'rb') as file:
                is_same = hashlib.sha256(file.read()).hexdigest() == digest
        except OSError:
            is_same = False
        if not is_same:
            changed.append(name)
    return changed


def enter_virtualenv():
    if os.environ.get('RUN_MAIN') == 'true':  # the reloader's child: its parent has looked
        return
    python = os.path.join(VIRTUALENV, 'bin', 'python')
    if not os.path.exists(python):
        sys.exit('There is no virtualenv at %s: make the checkout ready with develop().' % VIRTUALENV)
    changed = changed_requirements()
    if changed:
        sys.exit('The requirements have changed since the virtualenv was built (%s): run develop() again.' % ', '.join(changed))
    if os.path.realpath(sys.prefix) != os.path.realpath(VIRTUALENV):
        options = getattr(sys, 'orig_argv', [sys.executable, *sys.argv])[1:]
        sys.stdout.flush()
        os.execv(python, [python, *options])


def main():
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', ${literal(settings)})
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)


if __name__ == '__main__':
    enter_virtualenv()
    main()
`
}

/** True for the file that Django makes, as it made it: nothing of anybody's is in it. */
function isUsual(text: string): boolean {
  const statements = text.split('\n').filter(line => /^\s*[^\s#'"]/.test(line))
  return text.includes('execute_from_command_line') && statements.length <= 18
}

/**
 * Writes a `manage.py` that runs itself with the Python of the project's virtualenv, so that nobody has to activate
 * it, and that says so when the requirements have changed since that was built. It needs Python 3.9 or newer, works from
 * any directory, with the reloader of `runserver`, and may be imported.
 *
 * @throws {@link OptionError} when there is a `manage.py` with code of its own, unless it may be overwritten
 */
export async function installManageWrapper(
  options: ManageWrapperOptions,
): Promise<{ readonly changed: boolean; readonly reason: string }> {
  await using host = Host.local()
  const { project, virtualenv = posix.join(project, '.ve'), overwrite = false } = options
  const directory = posix.resolve(options.directory ?? '.', project)
  const file = posix.join(directory, 'manage.py')
  const there = (await host.files.exists(file)) ? await host.files.readText(file) : ''
  const named = /DJANGO_SETTINGS_MODULE[^,]*,\s*["']([\w.]+)/.exec(there)?.[1]
  const root = posix.relative(posix.normalize(project), '.') || '.'
  const text = manageWrapper(
    posix.relative(posix.normalize(project), virtualenv),
    root,
    options.settings ?? named ?? 'settings',
  )
  if (there === text) return { changed: false, reason: 'it is there' }
  if (there !== '' && !there.includes(MARK) && !isUsual(there) && !overwrite) {
    throw new OptionError(
      'project',
      `${file} has code of its own`,
      'say { overwrite: true }, and put that code elsewhere.',
    )
  }
  await host.files.write(file, text, { mode: 0o755 })
  return { changed: true, reason: there === '' ? 'there was none' : 'it was another one' }
}
