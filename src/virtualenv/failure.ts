import type { CommandError } from '../errors/command-error.js'
import { VirtualenvError, type VirtualenvErrorCode } from '../errors/virtualenv-error.js'

/** How pip, or uv, says that something went wrong. */
interface Symptom {
  readonly code: VirtualenvErrorCode
  /** All of them have to be found. */
  readonly signs: readonly RegExp[]
  /** The first group of the first one that is found is the requirement. */
  readonly names: readonly RegExp[]
  readonly why: (requirement: string) => string
  readonly remedy?: string
}

const NAME = String.raw`[A-Za-z0-9][\w.\-[\]]*(?:\s?[=<>!~]=?[^\s(;,:)\`]+)?`

/** What names a requirement after some words. */
const after = (words: string) => new RegExp(`${words}(${NAME})`)

const FIND_WHAT_FITS = after('satisfies the requirement ')
const REQUIRED = after('you require ')
const FETCHED = [FIND_WHAT_FITS, after('Failed to download `'), after('/simple/'), after('Collecting ')]

/** In the order of their weight: an index that is out of reach also looks like one that lacks the package. */
const SYMPTOMS: readonly Symptom[] = [
  {
    code: 'DISK_FULL',
    signs: [/No space left on device/],
    names: [
      /Installing collected packages: (.+)/,
      new RegExp(String.raw`Failed to \w+: [^\n]*\((${NAME})\)`),
      ...FETCHED,
    ],
    why: requirement => `the disk was full at ${requirement}`,
    remedy: 'free some space, and try again.',
  },
  {
    code: 'PACKAGE_HASH_MISMATCH',
    signs: [/DO NOT MATCH THE HASHES|Hash mismatch for/],
    names: [after('Hash mismatch for `'), new RegExp(String.raw`\n\s+(${NAME}) from `)],
    why: requirement => `what came as ${requirement} is not what its hash says`,
    remedy: 'if you have changed its version, change its hash; else somebody may have tampered with it.',
  },
  {
    code: 'PACKAGE_HASH_MISMATCH',
    signs: [/require-hashes|Hashes are required/],
    names: [after('(?:found|provided for|missing for): '), after(String.raw`\n\s+`)],
    why: requirement => `${requirement} has no hash, or no version`,
    remedy: 'pin every requirement with == and --hash: `pip-compile --generate-hashes` does.',
  },
  {
    code: 'PACKAGE_INDEX_DENIED',
    signs: [/40[13] (?:Client )?Error|HTTP error:? 40[13]|\(40[13] |[Uu]nauthorized/],
    names: [...FETCHED, REQUIRED],
    why: requirement => `the package index did not let us in for ${requirement}`,
    remedy: 'check the user name and the password that were given with the index.',
  },
  {
    code: 'PACKAGE_INDEX_UNREACHABLE',
    signs: [/connection broken by|Failed to fetch|Failed to establish a new connection/],
    names: FETCHED,
    why: requirement => `no package index could be reached for ${requirement}`,
    remedy: 'check the network of the server, name an index that it reaches, or bring wheels along.',
  },
  {
    code: 'PACKAGE_NEEDS_OTHER_PYTHON',
    signs: [/require a different python version|requires a different Python|does not satisfy Python/],
    names: [FIND_WHAT_FITS, after("[Pp]ackage '"), REQUIRED],
    why: requirement => `${requirement} is not made for this version of Python`,
    remedy: 'ask for another Python with .python(), or for another version of the package.',
  },
  {
    code: 'PACKAGES_CONFLICT',
    signs: [/conflicting dependencies|And because you require/],
    names: [/The user requested (\S+)/, after('And because you require ')],
    why: requirement => `${requirement} and another requirement exclude each other`,
  },
  {
    code: 'PACKAGE_NOT_FOUND',
    signs: [/satisfies the requirement|not found in the|there (?:is|are) no versions? of/],
    names: [FIND_WHAT_FITS, REQUIRED],
    why: requirement => `no index has ${requirement}`,
    remedy: 'check its name and version, and the password for the index that has it, should it want one.',
  },
]

/** Makes out of what an installer printed an error that names the requirement. */
export function explainFailure(failure: CommandError, path: string): VirtualenvError {
  const output = failure.stderr
  const symptom = SYMPTOMS.find(({ signs }) => signs.every(sign => sign.test(output)))
  const [found] = symptom?.names.flatMap(name => name.exec(output)?.[1] ?? []) ?? []
  const requirement = found?.replace(/[.]+$/, '')
  return new VirtualenvError(symptom?.code ?? 'VIRTUALENV_FAILED', {
    what: `build the virtualenv ${path}`,
    host: failure.host,
    why: symptom?.why(requirement ?? 'a requirement') ?? `it ended with exit code ${failure.exitCode}`,
    output,
    remedy: symptom?.remedy,
    requirement,
  })
}
