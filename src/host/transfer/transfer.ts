import type { ErrorAccount } from '../../errors/dye-error.js'
import { TransferError } from '../../errors/transfer-error.js'
import type { FileChannel } from '../connection.js'
import type { Host } from '../host.js'
import type { Watch } from '../limits.js'
import type { Exclusion } from './exclusion.js'
import type { StreamFailure } from './host-stream.js'
import type { TransferOptions } from './transfer-options.js'
import type { TreePlan } from './tree-plan.js'

/** One transfer: from where to where, and what all its parts need to know. */
export interface Transfer {
  readonly host: Pick<Host, 'name' | 'spawn' | 'perform'>
  readonly direction: 'upload' | 'download'
  readonly local: string
  readonly remote: string
  readonly options: TransferOptions
  readonly exclusion: Exclusion
  readonly stop: Watch
  /** Opens SFTP; undefined where there is none, or where it would be another user's. */
  readonly openFiles: (() => Promise<FileChannel>) | undefined
}

/** An error of a transfer. */
export function failure(
  { stop, remote, local, direction }: Transfer,
  code: TransferError['code'],
  account: Omit<ErrorAccount, 'what' | 'host'>,
): TransferError {
  const path = direction === 'upload' ? local : remote
  return new TransferError(code as 'TRANSFER_FAILED', { what: stop.what, host: stop.host, path, ...account })
}

/** Makes the error for a process on the host that failed. */
export function processFailure(transfer: Transfer, name: string): (failed: StreamFailure) => TransferError {
  return ({ exitCode, stderr }) => {
    const why = `${name} ended with exit code ${exitCode ?? 'unknown'}`
    const room = 'make room on the disk, then do the same again.'
    const remedy = /No space left on device|Disk quota exceeded/.test(stderr) ? room : undefined
    return failure(transfer, 'TRANSFER_FAILED', { why, output: stderr, remedy })
  }
}

/** Refuses a plan that cannot be carried out, before anything is sent. */
export function checkPlan(transfer: Transfer, { blocked, foreign }: TreePlan): void {
  if (blocked.length > 0) {
    throw failure(transfer, 'TRANSFER_REFUSED', {
      why: `a directory is in the place of ${blocked.slice(0, 3).join(', ')}`,
      remedy: 'remove it, or use the option "delete".',
    })
  }
  if (foreign.length > 0) {
    throw failure(transfer, 'TRANSFER_REFUSED', {
      why: `${foreign.slice(0, 3).join(', ')} is on another file system than the rest of the target`,
      remedy: 'transfer that directory by itself.',
    })
  }
}
