import type { CommandError } from '../errors/command-error.js'
import { ComposerError, type ComposerErrorCode } from '../errors/composer-error.js'

/** How composer says that something went wrong. */
interface Symptom {
  readonly code: ComposerErrorCode
  readonly signs: RegExp
  /** The first group of the first one that is found is the package. */
  readonly names: readonly RegExp[]
  readonly why: (name: string) => string
  readonly remedy?: string
}

const NAME = '([a-z0-9][\\w.-]*/[\\w.-]*\\w)'
const after = (words: string) => new RegExp(`${words}${NAME}`, 'i')

const DOWNLOADED = [after('Downloading '), after('Installing '), after('/p2/')]

/** In the order of their weight: what is out of reach also looks like what nobody has. */
const SYMPTOMS: readonly Symptom[] = [
  {
    code: 'DISK_FULL',
    signs: /No space left on device/,
    names: DOWNLOADED,
    why: name => `the disk was full at ${name}`,
    remedy: 'free some space, and try again.',
  },
  {
    code: 'LOCK_FILE_OUTDATED',
    signs: /is not present in the lock file|is in the lock file as/,
    names: [after('Required (?:\\(in require-dev\\) )?package "')],
    why: name => `composer.json requires ${name}, which composer.lock does not have in this way`,
    remedy: 'run `composer update` for it, and commit composer.lock together with composer.json.',
  },
  {
    code: 'PACKAGE_NEEDS_OTHER_PLATFORM',
    signs: /your (?:php|\S+) version .* does not satisfy|is missing from your system|your HHVM/,
    names: [new RegExp(`- ${NAME} \\S+ requires (?:php|ext-|lib-)`), /requires? ((?:php|ext-|lib-)\S*)/],
    why: name => `this is not the PHP, or there is not the extension, that ${name} wants`,
    remedy:
      'install it on the server, or run `composer update` with the PHP of the server as `config.platform`.',
  },
  {
    code: 'PACKAGE_SOURCE_DENIED',
    signs:
      /HTTP\/\S+ 40[13]|HTTP 40[13]|Invalid credentials|Authentication (?:required|failed)|[Pp]ermission denied \(publickey/,
    names: DOWNLOADED,
    why: name => `what has ${name} did not let us in`,
    remedy: 'check the auth.json of the user who deploys, on the server.',
  },
  {
    code: 'PACKAGE_SOURCE_UNREACHABLE',
    signs:
      /curl error \d+|Could not resolve host|Failed to connect|Connection (?:refused|timed out)|[Ff]ailed to open stream|Network is unreachable|Options should have the form/,
    names: DOWNLOADED,
    why: name => `what has ${name} could not be reached`,
    remedy: 'check the network of the server, or name a repository in composer.json that it reaches.',
  },
  {
    code: 'PACKAGE_NOT_FOUND',
    signs:
      /could not be found|is not found for package|HTTP\/\S+ 404|found .* but (?:it|these) do(?:es)? not match/,
    names: [after('requires '), after('for package '), ...DOWNLOADED],
    why: name => `nobody has ${name}`,
    remedy: 'check its name, its version, and the repositories in composer.json.',
  },
  {
    code: 'PACKAGES_CONFLICT',
    signs: /could not be resolved to an installable set|conflicts with|does not contain a compatible set/,
    names: [after('conflicts with '), after('requires '), after('- ')],
    why: name => `${name} and another package exclude each other`,
  },
]

/** Lines that tell nothing: what composer could have been called with, and which files PHP has been set up by. */
const IDLE = /^install \[|^ {4}- \/\S+\.ini$|^To enable extensions|operating significantly slower|^\s*$/

function essence(output: string): string {
  const [told = ''] = output.split('Exception trace:', 1)
  return told
    .split('\n')
    .filter(line => !IDLE.test(line))
    .join('\n')
}

/** Makes out of what composer printed an error that names the package. */
export function explainComposer(failure: CommandError): ComposerError {
  const output = essence(failure.stderr)
  const symptom = SYMPTOMS.find(({ signs }) => signs.test(output))
  const [found] = symptom?.names.flatMap(name => name.exec(output)?.[1] ?? []) ?? []
  return new ComposerError(symptom?.code ?? 'COMPOSER_FAILED', {
    what: 'install what composer.json needs',
    host: failure.host,
    why: symptom?.why(found ?? 'a package') ?? `it ended with exit code ${failure.exitCode}`,
    output,
    remedy: symptom?.remedy,
    package: found,
  })
}
