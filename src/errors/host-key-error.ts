import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * A server's host key is unknown, revoked, or not the one in known_hosts; nothing was sent to it.
 *
 * Codes: `HOST_KEY_UNKNOWN`, `HOST_KEY_CHANGED`, `HOST_KEY_REVOKED`.
 */
export class HostKeyError extends DyeError {
  /** `SHA256:…`, as `ssh-keygen -lf` prints it. */
  readonly fingerprint: string

  constructor(
    code: 'HOST_KEY_UNKNOWN' | 'HOST_KEY_CHANGED' | 'HOST_KEY_REVOKED',
    account: ErrorAccount & { readonly fingerprint: string },
  ) {
    super(code, account)
    this.fingerprint = account.fingerprint
  }
}
