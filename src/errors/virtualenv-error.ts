import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * Why a Python environment could not be built: no index has the package, or that version of it; an index was not
 * reached, or did not let us in; what came is not what the hash says; the package wants another Python; two
 * requirements exclude each other; the disk is full; or something else, which the output tells.
 */
export type VirtualenvErrorCode =
  | 'PACKAGE_NOT_FOUND'
  | 'PACKAGE_INDEX_UNREACHABLE'
  | 'PACKAGE_INDEX_DENIED'
  | 'PACKAGE_HASH_MISMATCH'
  | 'PACKAGE_NEEDS_OTHER_PYTHON'
  | 'PACKAGES_CONFLICT'
  | 'DISK_FULL'
  | 'VIRTUALENV_FAILED'

/**
 * A Python environment could not be built; the one that was in use is untouched.
 *
 * Codes: see {@link VirtualenvErrorCode}.
 */
export class VirtualenvError extends DyeError {
  /** The requirement it failed at, `django==5.2`, as far as the installer told. */
  readonly requirement: string | undefined

  constructor(
    code: VirtualenvErrorCode,
    account: ErrorAccount & { readonly requirement?: string | undefined },
  ) {
    super(code, account)
    this.requirement = account.requirement
  }
}
