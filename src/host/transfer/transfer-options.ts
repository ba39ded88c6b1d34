import type { CallLimits } from '../limits.js'
import type { SkippedEntry } from './tree.js'

/** A way to bring a tree to a host or from it. A single file comes as a stream, unless it comes by SFTP. */
export type TransferWay = 'rsync' | 'tar' | 'sftp' | 'stream'

/** How far a transfer is. */
export interface TransferProgress {
  /** Files that have come so far. */
  readonly files: number
  /** Bytes of files that have come so far. */
  readonly bytes: number
  /** Files that are to come: those that are not there yet, or by rsync all of the tree. */
  readonly totalFiles: number
  /** Their bytes. */
  readonly totalBytes: number
}

/** How something is brought to a host or from it; see {@link Host.upload}, {@link Host.download}. */
export interface TransferOptions extends CallLimits {
  /** Removes what is in the target, but not in the source. @defaultValue false */
  readonly delete?: boolean
  /**
   * What is left alone on both sides: names (`node_modules`, `*.pyc`) or paths from the top of the tree
   * (`/var/cache`). `*` and `?` stand for anything but a slash; a slash at the end means directories only.
   * @defaultValue none
   */
  readonly exclude?: readonly string[]
  /** Permission bits of a single file. @defaultValue those of the source */
  readonly mode?: number
  /** Gets to know how far the transfer is, at most ten times a second, and at its end. */
  readonly onProgress?: (progress: TransferProgress) => void
  /** @defaultValue `auto`: rsync where both sides have version 3, else a tar stream, else SFTP */
  readonly via?: 'auto' | 'rsync' | 'tar' | 'sftp'
}

/** What a transfer did. */
export interface TransferResult {
  /** How it came. */
  readonly via: TransferWay
  /** Files in the tree, without what was left alone. */
  readonly files: number
  /** Their bytes. */
  readonly bytes: number
  /** Files whose content came; the others were there already. */
  readonly changed: number
  /** What was not taken along: sockets, devices, links out of the tree. */
  readonly skipped: readonly SkippedEntry[]
  readonly durationMs: number
}
