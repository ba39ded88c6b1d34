import { describe, expect, it } from 'vitest'
import { CommandError } from '../../../src/errors/command-error.js'
import { explainFailure } from '../../../src/virtualenv/failure.js'

/** What pip 24 to 26 and uv 0.13 printed, shortened. */
const SAID: readonly (readonly [string, string, string, string])[] = [
  [
    'pip: no such version',
    'PACKAGE_NOT_FOUND',
    'six==99.9',
    `ERROR: Could not find a version that satisfies the requirement six==99.9 (from versions: 0.9.0, 1.17.0)
ERROR: No matching distribution found for six==99.9`,
  ],
  [
    'pip: no such package',
    'PACKAGE_NOT_FOUND',
    'no-such-package',
    'ERROR: Could not find a version that satisfies the requirement no-such-package (from versions: none)',
  ],
  [
    'uv: no such version',
    'PACKAGE_NOT_FOUND',
    'six==99.9',
    `error: No solution found when resolving dependencies
  cause: Because there is no version of six==99.9 and you require six==99.9, we can conclude that your requirements are unsatisfiable.`,
  ],
  [
    'uv: no such package',
    'PACKAGE_NOT_FOUND',
    'no-such-package',
    '  cause: Because no-such-package was not found in the package registry and you require no-such-package, we can conclude',
  ],
  [
    'pip: no network',
    'PACKAGE_INDEX_UNREACHABLE',
    'six==1.16.0',
    `WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError': /simple/six/
ERROR: Could not find a version that satisfies the requirement six==1.16.0 (from versions: none)`,
  ],
  [
    'uv: no network',
    'PACKAGE_INDEX_UNREACHABLE',
    'six',
    `error: Request failed after 3 retries in 4.9s
  cause: Failed to fetch: http://127.0.0.1:9/simple/six/
  cause: Connection refused (os error 111)`,
  ],
  [
    'pip: another hash',
    'PACKAGE_HASH_MISMATCH',
    'six==1.16.0',
    `Collecting django==4.2
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes.
    six==1.16.0 from https://files.pythonhosted.org/packages/six-1.16.0-py2.py3-none-any.whl (from -r hash.txt (line 1)):
        Expected sha256 00`,
  ],
  [
    'uv: another hash',
    'PACKAGE_HASH_MISMATCH',
    'six==1.16.0',
    'error: Failed to download `six==1.16.0`\n  cause: Hash mismatch for `six==1.16.0`',
  ],
  [
    'pip: no version',
    'PACKAGE_HASH_MISMATCH',
    'six',
    `ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==. These do not:
    six from https://files.pythonhosted.org/six-1.17.0-py2.py3-none-any.whl (from -r unp.txt (line 1))`,
  ],
  [
    'uv: no version',
    'PACKAGE_HASH_MISMATCH',
    'six',
    'error: In `--require-hashes` mode, all requirements must have their versions pinned with `==`, but found: six',
  ],
  [
    'pip: not let in',
    'PACKAGE_INDEX_DENIED',
    'six==1.16.0',
    `ERROR: 401 Client Error: Unauthorized for url: http://127.0.0.1/simple/six/
ERROR: Could not find a version that satisfies the requirement six==1.16.0 (from versions: none)`,
  ],
  [
    'pip: another Python',
    'PACKAGE_NEEDS_OTHER_PYTHON',
    'django==5.2',
    `ERROR: Ignored the following versions that require a different python version: 5.2 Requires-Python >=3.10
ERROR: Could not find a version that satisfies the requirement django==5.2 (from versions: 1.1.3, 4.2.27)`,
  ],
  [
    'pip: two that exclude each other',
    'PACKAGES_CONFLICT',
    'asgiref==3.0',
    `ERROR: Cannot install -r conflict.txt (line 1) and asgiref==3.0 because these package versions have conflicting dependencies.
    The user requested asgiref==3.0
    django 4.2 depends on asgiref<4 and >=3.6.0`,
  ],
  [
    'uv: two that exclude each other',
    'PACKAGES_CONFLICT',
    'asgiref==3.0',
    `  cause: Because django==4.2 depends on asgiref>=3.6.0,<4 and you require django==4.2, we can conclude that you require asgiref>=3.6.0,<4.
         And because you require asgiref==3.0, we can conclude that your requirements are unsatisfiable.`,
  ],
  [
    'pip: a full disk',
    'DISK_FULL',
    'sqlparse, asgiref, django',
    `Installing collected packages: sqlparse, asgiref, django
ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device`,
  ],
  [
    'uv: a full disk',
    'DISK_FULL',
    'django==4.2',
    `error: Failed to install: django-4.2-py3-none-any.whl (django==4.2)
  cause: failed to copy file: No space left on device (os error 28)`,
  ],
]

describe('a build that failed', () => {
  const failed = (stderr: string) =>
    new CommandError({
      command: 'x',
      host: 'web1',
      exitCode: 1,
      signal: undefined,
      stdout: '',
      stderr,
      durationMs: 1,
    })

  it.each(SAID)('names the requirement: %s', (_, code, requirement, stderr) => {
    const error = explainFailure(failed(stderr), '.ve')
    expect(error).toMatchObject({ code, requirement, host: 'web1' })
    expect(error.shortMessage).toContain(`Could not build the virtualenv .ve on web1: `)
    expect(error.shortMessage).toContain(requirement)
  })

  it('shows the end of what was printed when nobody knows what it means', () => {
    const error = explainFailure(failed('error: the compiler has died'), '.ve')
    expect(error).toMatchObject({ code: 'VIRTUALENV_FAILED', requirement: undefined })
    expect(error.message).toContain('the compiler has died')
    expect(error.message).toContain('exit code 1')
  })
})
