import { describe, expect, it } from 'vitest'
import { explainComposer } from '../../../src/application/composer-failure.js'
import { CommandResult } from '../../../src/command/result.js'
import { CommandError } from '../../../src/errors/command-error.js'

/** What composer 2.5 printed. */
const NOBODY_HAS_IT = `No composer.lock file present. Updating dependencies to latest instead of installing from lock file. See https://getcomposer.org/install for more information.
Loading composer repositories with package information
Updating dependencies
Your requirements could not be resolved to an installable set of packages.

  Problem 1
    - Root composer.json requires carers/nothing, it could not be found in any version, there may be a typo in the package name.

Potential causes:
 - A typo in the package name
`
const NOT_IN_ITS_PLACE = `In PathDownloader.php line 48:

  Source path "packages/greeting" is not found for package carers/greeting

install [--prefer-source] [--prefer-dist] [--] [<packages>...]
`
const PHP = `Your lock file does not contain a compatible set of packages. Please run composer update.

  Problem 1
    - carers/greeting is locked to version 1.0.0 and an update of this package was not requested.
    - carers/greeting 1.0.0 requires php >=99 -> your php version (8.2.36) does not satisfy that requirement.
`
const EXTENSION = `  Problem 1
    - carers/greeting is locked to version 1.0.0 and an update of this package was not requested.
    - carers/greeting 1.0.0 requires ext-nothing * -> it is missing from your system. Install or enable PHP's nothing extension.

To enable extensions, verify that they are enabled in your .ini files:
    - /etc/php/8.2/cli/php.ini
    - /etc/php/8.2/cli/conf.d/10-opcache.ini
`
const ROOT_PHP = `  Problem 1
    - Root composer.json requires php >=99 but your php version (8.2.36) does not satisfy that requirement.
`
const LOCK = `Warning: The lock file is not up to date with the latest changes in composer.json. You may be getting outdated dependencies.
- Required package "carers/more" is not present in the lock file.
This usually happens when composer files are incorrectly merged or the composer.json file is manually edited.
`
const UNREACHABLE = `Package operations: 1 install, 0 updates, 0 removals
  - Downloading carers/greeting (1.0.0)
  - Downloading carers/greeting (1.0.0)

In StreamContextFactory.php line 56:

  Options should have the form ["wrappername"]["optionname"] = $value

Exception trace:
  at /usr/share/php/Composer/Util/StreamContextFactory.php:56
`
/** And what its sources say. */
const CURL = `  - Downloading psr/log (3.0.0)
In CurlDownloader.php line 401:

  curl error 7 while downloading https://api.github.com/repos/php-fig/log/zipball/x: Failed to connect to api.github.com port 443
`
const DENIED = `  - Downloading acme/secret (1.2.0)
  The 'https://packages.example.org/acme/secret.zip' URL could not be accessed (HTTP 401): HTTP/2 401
`
const CONFLICT = `Your requirements could not be resolved to an installable set of packages.

  Problem 1
    - Root composer.json requires acme/one ^2.0 -> satisfiable by acme/one[2.0.0].
    - acme/one 2.0.0 conflicts with acme/two 1.0.0.
`
const FULL = `  - Installing acme/big (1.0.0): Extracting archive
  file_put_contents(): write of 8192 bytes failed with errno=28 No space left on device
`

const explained = (stderr: string) => {
  const failed = { command: 'composer install', host: 'web1', exitCode: 2, signal: undefined, durationMs: 1 }
  const bytes = { stdoutBytes: Buffer.alloc(0), stderrBytes: Buffer.from(stderr) }
  return explainComposer(new CommandError(new CommandResult({ ...failed, ...bytes })))
}

describe('a failure of composer', () => {
  it.each([
    ['nobody has the package', NOBODY_HAS_IT, 'PACKAGE_NOT_FOUND', 'carers/nothing'],
    ['its directory is gone', NOT_IN_ITS_PLACE, 'PACKAGE_NOT_FOUND', 'carers/greeting'],
    ['PHP is too old', PHP, 'PACKAGE_NEEDS_OTHER_PLATFORM', 'carers/greeting'],
    ['an extension is missing', EXTENSION, 'PACKAGE_NEEDS_OTHER_PLATFORM', 'carers/greeting'],
    ['PHP is too old for the project itself', ROOT_PHP, 'PACKAGE_NEEDS_OTHER_PLATFORM', 'php'],
    ['the lock file does not have it', LOCK, 'LOCK_FILE_OUTDATED', 'carers/more'],
    ['there is no network', UNREACHABLE, 'PACKAGE_SOURCE_UNREACHABLE', 'carers/greeting'],
    ['there is no network for curl', CURL, 'PACKAGE_SOURCE_UNREACHABLE', 'psr/log'],
    ['it wants a password', DENIED, 'PACKAGE_SOURCE_DENIED', 'acme/secret'],
    ['two exclude each other', CONFLICT, 'PACKAGES_CONFLICT', 'acme/two'],
    ['the disk is full', FULL, 'DISK_FULL', 'acme/big'],
    ['nobody knows', 'Segmentation fault', 'COMPOSER_FAILED', undefined],
  ])('names the package when %s', (_, output, code, name) => {
    const error = explained(output)
    expect([error.code, error.package]).toEqual([code, name])
    expect(error.message).toMatch(/^Could not install what composer.json needs on web1: /)
    if (name) expect(error.shortMessage).toContain(name)
  })

  it('shows what matters of the output', () => {
    expect(explained(NOT_IN_ITS_PLACE).message).not.toContain('--prefer-source')
    expect(explained(EXTENSION).message).not.toContain('.ini')
    expect(explained(UNREACHABLE).message).not.toContain('Exception trace')
    expect(explained(UNREACHABLE).message).toContain('Options should have the form')
  })
})
