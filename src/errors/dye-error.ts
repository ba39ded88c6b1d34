/** What an error tells, in the order in which its message tells it. */
export interface ErrorAccount {
  /** What could not be done, and to what: completes the sentence "Could not …". */
  readonly what: string
  /** The host it happened on, as it was named in the options. */
  readonly host?: string | undefined
  /** The reason, one sentence without a full stop. */
  readonly why?: string | undefined
  /** Output of the command that failed; the last ten lines of it stand in the message. */
  readonly output?: string | undefined
  /** What the reader can do next. */
  readonly remedy?: string | undefined
  /** The error underneath, if there is one that carries no secrets. */
  readonly cause?: unknown
}

const SHOWN_LINES = 10

function lastLines(output: string): string {
  const lines = output.trimEnd().split('\n')
  return lines.length <= SHOWN_LINES ? lines.join('\n') : ['…', ...lines.slice(-SHOWN_LINES)].join('\n')
}

function compose({ what, host, why, output, remedy }: ErrorAccount): string {
  const sentence = `Could not ${what}${host ? ` on ${host}` : ''}${why ? `: ${why}` : ''}.`
  const tail = output?.trim() ? lastLines(output).replace(/^/gm, '  | ') : undefined
  return [sentence, tail, remedy && `What to do: ${remedy}`].filter(Boolean).join('\n')
}

/**
 * The base of every error of this library: catch it to tell them from all others.
 *
 * Its message says what could not be done, to what, on which host and why, then at most ten lines of
 * output, then what to do next. The same facts are in its fields.
 */
export class DyeError extends Error {
  /** Stable, for programs: messages may change between versions, codes do not. */
  readonly code: string
  /** The host it happened on, if it happened on one. */
  readonly host: string | undefined
  /** The sentence without output and remedy. */
  readonly shortMessage: string
  /** What the reader can do next, if anything is known to help. */
  readonly remedy: string | undefined

  constructor(code: string, account: ErrorAccount) {
    super(compose(account), account.cause === undefined ? undefined : { cause: account.cause })
    this.code = code
    this.host = account.host
    this.remedy = account.remedy
    this.shortMessage = compose({ what: account.what, host: account.host, why: account.why })
  }

  override get name(): string {
    return this.constructor.name
  }
}
