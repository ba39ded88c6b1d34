import { mkdir, stat, symlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { FileChannel } from '../connection.js'
import { adjustLocally } from './local-staging.js'
import { RemoteStaging } from './remote-staging.js'
import { failure, type Transfer } from './transfer.js'
import { TransferMeter } from './transfer-meter.js'
import type { TransferResult } from './transfer-options.js'
import type { TreeEntry } from './tree.js'

/** Files under way at once: at 40 ms of round trip ten of them are ten times as fast as one. */
const AT_ONCE = 32

/** Does a piece of work with an SFTP channel of its own; cancelling closes it. */
export async function withSftp<T>(
  transfer: Transfer,
  work: (channel: FileChannel) => Promise<T>,
): Promise<T> {
  const { openFiles, stop } = transfer
  if (!openFiles) throw new Error('there is no SFTP') // chosen only where there is
  const channel = await openFiles()
  const close = () => channel.close()
  stop.signal.addEventListener('abort', close, { once: true })
  try {
    stop.throwIfAborted()
    return await work(channel)
  } catch (error) {
    stop.throwIfAborted()
    if (error instanceof Error && error.name === 'TransferError') throw error
    const why = error instanceof Error ? error.message : String(error)
    throw failure(transfer, 'TRANSFER_FAILED', { why: `SFTP failed: ${why}` })
  } finally {
    stop.signal.removeEventListener('abort', close)
    close()
  }
}

async function severalAtOnce(entries: readonly TreeEntry[], work: (entry: TreeEntry) => Promise<void>) {
  const rest = entries.values()
  const worker = async () => {
    for (const entry of rest) await work(entry)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

function ofType(entries: readonly TreeEntry[], type: TreeEntry['type']): readonly TreeEntry[] {
  return entries.filter(entry => entry.type === type)
}

/** Sends entries of a local tree into a directory of the host. */
export async function sendSftp(
  transfer: Transfer,
  entries: readonly TreeEntry[],
  staging: string,
  meter: TransferMeter,
  channel: FileChannel,
): Promise<void> {
  const parents = new Set(entries.map(({ path }) => posix.dirname(path)))
  const needed = new Set<string>(ofType(entries, 'directory').map(({ path }) => path))
  for (const parent of parents) {
    for (let path = parent; path !== '.' && path !== ''; path = posix.dirname(path)) needed.add(path)
  }
  for (const path of [...needed].sort()) {
    if (path !== '') await channel.makeDirectory(posix.join(staging, path), 0o700)
  }
  await severalAtOnce(ofType(entries, 'link'), ({ path, target }) =>
    channel.link(target, posix.join(staging, path)),
  )
  await severalAtOnce(ofType(entries, 'file'), async entry => {
    const file = join(transfer.local, entry.path)
    let sent = 0
    await channel.put(file, posix.join(staging, entry.path), entry, bytes => {
      sent += bytes
      meter.add(bytes)
    })
    if (sent !== entry.size) {
      throw failure(transfer, 'TRANSFER_INCOMPLETE', { why: `${entry.path} changed while it was sent` })
    }
    meter.add(0, 1)
  })
  for (const { path, mode, mtime } of ofType(entries, 'directory').toReversed()) {
    await channel.adjust(posix.join(staging, path), { mode: mode | 0o700, mtime })
  }
}

/** Sends one file into a directory beside, and renames it. */
export async function sendFileBySftp(transfer: Transfer, entry: TreeEntry): Promise<Partial<TransferResult>> {
  const { options, local } = transfer
  const staging = await RemoteStaging.open(transfer, 'file', false)
  try {
    const meter = new TransferMeter(options.onProgress, { totalFiles: 1, totalBytes: entry.size })
    let sent = 0
    await withSftp(transfer, channel => {
      const times = { mode: options.mode ?? entry.mode, mtime: entry.mtime }
      return channel.put(local, posix.join(staging.path, 'file'), times, bytes => {
        sent += bytes
        meter.add(bytes)
      })
    })
    if (sent !== entry.size) {
      throw failure(transfer, 'TRANSFER_INCOMPLETE', { why: 'the file changed while it was sent' })
    }
    await staging.commitFile()
    meter.add(0, 1)
    meter.tell()
    return { via: 'sftp', files: 1, bytes: entry.size, changed: 1 }
  } catch (error) {
    await staging.abandon()
    throw error
  }
}

/** Gets entries of a tree on the host, whose top is `remote`, into a directory of this machine. */
export async function receiveSftp(
  transfer: Transfer,
  entries: readonly TreeEntry[],
  remote: string,
  staging: string,
  meter: TransferMeter,
  channel: FileChannel,
): Promise<void> {
  for (const { path } of ofType(entries, 'directory')) await mkdir(join(staging, path), { recursive: true })
  await severalAtOnce(ofType(entries, 'file'), async entry => {
    const file = join(staging, entry.path)
    await mkdir(join(file, '..'), { recursive: true })
    await channel.get(posix.join(remote, entry.path), file, bytes => meter.add(bytes))
    if ((await stat(file)).size !== entry.size) {
      throw failure(transfer, 'TRANSFER_INCOMPLETE', { why: `${entry.path} changed while it was sent` })
    }
    await adjustLocally(file, entry)
    meter.add(0, 1)
  })
  for (const { path, target } of ofType(entries, 'link')) {
    await mkdir(join(staging, path, '..'), { recursive: true })
    await symlink(target, join(staging, path))
  }
  for (const { path, mode, mtime } of ofType(entries, 'directory').toReversed()) {
    await adjustLocally(join(staging, path), { mode: mode | 0o700, mtime })
  }
}
