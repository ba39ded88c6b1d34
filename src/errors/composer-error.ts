import { DyeError, type ErrorAccount } from './dye-error.js'

/**
 * Why packages could not be installed: nobody has the package, or that version of it; what has it was not reached, or did
 * not let us in; it wants another PHP, or an extension; two of them exclude each other; the lock file does not fit
 * `composer.json`; the disk is full; or something else, which the output tells.
 */
export type ComposerErrorCode =
  | 'PACKAGE_NOT_FOUND'
  | 'PACKAGE_SOURCE_UNREACHABLE'
  | 'PACKAGE_SOURCE_DENIED'
  | 'PACKAGE_NEEDS_OTHER_PLATFORM'
  | 'PACKAGES_CONFLICT'
  | 'LOCK_FILE_OUTDATED'
  | 'DISK_FULL'
  | 'COMPOSER_FAILED'

/**
 * Composer could not install what a release needs; the live release is untouched.
 *
 * Codes: see {@link ComposerErrorCode}.
 */
export class ComposerError extends DyeError {
  /** The package it failed at, `psr/log`, as far as composer told. */
  readonly package: string | undefined

  constructor(code: ComposerErrorCode, account: ErrorAccount & { readonly package?: string | undefined }) {
    super(code, account)
    this.package = account.package
  }
}
