import { CommandError } from '../errors/command-error.js'
import { SourceError, type SourceErrorCode } from '../errors/source-error.js'

/** What a program says when it cannot fetch, what that means, and what helps. */
export interface Refusal {
  readonly says: RegExp
  readonly code: SourceErrorCode
  readonly why: string
  readonly remedy: string
}

/** What ssh says, whichever program runs it. */
export const SSH_REFUSALS: readonly Refusal[] = [
  {
    says: /Host key verification failed/,
    code: 'SOURCE_DENIED',
    why: 'the server does not know the host key of the repository’s server',
    remedy: 'add it to known_hosts there (ssh-keyscan prints it: compare its fingerprint).',
  },
  {
    says: /Permission denied \(/,
    code: 'SOURCE_DENIED',
    why: 'the repository’s server does not let it in',
    remedy: 'give the server a deploy key, or set forwardAgent: true in the options of its Host.',
  },
  {
    says: /Could not resolve host|Connection refused|Connection timed out|No route to host|Network is unreachable/,
    code: 'SOURCE_UNREACHABLE',
    why: 'the repository’s server was not reached',
    remedy: 'see whether the server, not only your machine, can reach it.',
  },
]

/** The failure of a fetch in words that say what to do, if it is one of those that are known. */
export function refusalOf(
  failure: CommandError,
  title: string,
  refusals: readonly Refusal[],
): SourceError | CommandError {
  const { host, stderr } = failure
  const found = refusals.find(({ says }) => says.test(stderr))
  if (!found) return new CommandError(failure, `fetch ${title}`)
  const { code, why, remedy } = found
  return new SourceError(code, { what: `fetch ${title}`, host, why, output: stderr, remedy })
}
