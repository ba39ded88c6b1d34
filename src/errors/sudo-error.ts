import { CommandError, type FailedCommand } from './command-error.js'

/** What keeps a command from being run as another user. */
export type SudoErrorCode =
  | 'SUDO_MISSING'
  | 'SUDO_NOT_ALLOWED'
  | 'SUDO_PASSWORD_REQUIRED'
  | 'SUDO_PASSWORD_WRONG'
  | 'SUDO_REQUIRES_TTY'
  | 'SUDO_UNKNOWN_USER'

interface Reason {
  readonly code: SudoErrorCode
  readonly said: RegExp
  readonly why: string
  readonly remedy: (line: string) => string
}

const PASSWORDLESS = (line: string) =>
  `let it work without a password: put the line "${line}" into a file below /etc/sudoers.d (visudo -f)`

/** By what sudo says in the language of programs (`LC_ALL=C`). */
const REASONS: readonly Reason[] = [
  {
    code: 'SUDO_PASSWORD_WRONG',
    said: /^(Sorry, try again\.|sudo: \d+ incorrect password attempts?)$/m,
    why: 'sudo refuses the password',
    remedy: () => 'correct sudoPassword: it is the password of the user who logs in, not that of root.',
  },
  {
    code: 'SUDO_PASSWORD_REQUIRED',
    said: /^sudo: (a password is required|no password was provided|a terminal is required to read the password)/m,
    why: 'sudo asks for a password',
    remedy: line => `${PASSWORDLESS(line)}, or give the host a sudoPassword.`,
  },
  {
    code: 'SUDO_REQUIRES_TTY',
    said: /^sudo: sorry, you must have a tty to run sudo$/m,
    why: 'sudo wants a terminal',
    remedy: () => 'take "Defaults requiretty" out of /etc/sudoers (visudo).',
  },
  {
    code: 'SUDO_UNKNOWN_USER',
    said: /^sudo: (unknown user|unknown uid|unable to initialize policy plugin)/m,
    why: 'there is no such user',
    remedy: () => 'name a user that exists there, or make it (adduser).',
  },
  {
    code: 'SUDO_NOT_ALLOWED',
    said: /^(Sorry, user .* is not allowed to execute .*|.* is not in the sudoers file\..*|Sorry, user .* may not run sudo on .*)$/m,
    why: 'sudo does not allow it',
    remedy: line => `${PASSWORDLESS(line)}.`,
  },
  {
    code: 'SUDO_MISSING',
    said: /(^|\s)sudo: (command )?not found$/m,
    why: 'there is no sudo',
    remedy: () => 'install it (apt-get install sudo), or log in as the user itself.',
  },
]

/**
 * sudo would not run a command as another user. Has every field of a {@link CommandError}; its message names the
 * line that is missing in sudoers.
 *
 * Codes: `SUDO_MISSING`, `SUDO_NOT_ALLOWED`, `SUDO_PASSWORD_REQUIRED`, `SUDO_PASSWORD_WRONG`,
 * `SUDO_REQUIRES_TTY`, `SUDO_UNKNOWN_USER`.
 */
export class SudoError extends CommandError {
  declare readonly code: SudoErrorCode

  private constructor(failed: FailedCommand, { code, why, remedy }: Reason) {
    const [, user = 'the user'] = /^([^@\s]+)@/.exec(failed.host) ?? []
    super(failed, undefined, { code, why, remedy: remedy(`${user} ALL=(ALL) NOPASSWD: ALL`) })
  }

  /** The error for a command that failed because of sudo; undefined if that was not why. */
  static of(failed: FailedCommand): SudoError | undefined {
    const reason = REASONS.find(({ said }) => said.test(failed.stderr))
    return reason && new SudoError(failed, reason)
  }
}

/** What to say of a command that failed. */
export function failureOf(failed: FailedCommand): CommandError {
  return SudoError.of(failed) ?? new CommandError(failed)
}
