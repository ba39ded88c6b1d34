import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ask } from '../../command/command.js'
import { script } from '../../command/script.js'
import { OptionError } from '../../errors/option-error.js'
import { stopwatch } from '../../support/clock.js'
import type { FileChannel } from '../connection.js'
import { operand, withoutSlash } from '../files/file-path.js'
import { Watch } from '../limits.js'
import { Exclusion } from './exclusion.js'
import { receiveFile, sendFile, streamFile } from './file-transfer.js'
import { HostStream } from './host-stream.js'
import { hasRsync, isUsableRsync, TOOLS } from './rsync.js'
import { sendFileBySftp, withSftp } from './sftp.js'
import { failure, processFailure, type Transfer } from './transfer.js'
import type { TransferOptions, TransferResult } from './transfer-options.js'
import { entryAt, FIND_FORMAT, parseEntries, type Tree, walk } from './tree.js'
import { receiveTree, sendTree, type TreeWay } from './tree-transfer.js'

type Place = Pick<Transfer, 'host' | 'openFiles'>

function describe(direction: Transfer['direction'], local: string, remote: string): string {
  return direction === 'upload' ? `upload ${local} to ${remote}` : `download ${remote} to ${local}`
}

/** Makes a transfer, and does it. */
async function within(
  place: Place,
  direction: Transfer['direction'],
  { local, remote }: Pick<Transfer, 'local' | 'remote'>,
  options: TransferOptions,
  work: (transfer: Transfer) => Promise<Partial<TransferResult>>,
): Promise<TransferResult> {
  if (local === '') throw new OptionError('local', 'a path cannot be empty')
  operand(remote)
  const elapsed = stopwatch()
  const exclusion = new Exclusion(options.exclude)
  using stop = new Watch(options, describe(direction, local, remote), place.host.name)
  stop.throwIfAborted()
  const transfer: Transfer = { ...place, direction, local: resolve(local), remote, options, exclusion, stop }
  if (options.via === 'sftp' && !place.openFiles) {
    throw new OptionError(
      'via',
      'there is no SFTP on this machine, nor as another user',
      'use "auto" or "tar".',
    )
  }
  try {
    const done = await work(transfer)
    return { via: 'stream', files: 0, bytes: 0, changed: 0, skipped: [], ...done, durationMs: elapsed() }
  } catch (error) {
    stop.throwIfAborted()
    throw error
  }
}

function onlyForFiles({ options }: Transfer): void {
  if (options.mode !== undefined) throw new OptionError('mode', 'it is for single files, and this is a tree')
}

/** Chooses how a tree comes: rsync where both sides have it, else tar, else SFTP. */
async function treeWay(transfer: Transfer): Promise<TreeWay> {
  const { via = 'auto' } = transfer.options
  if (via !== 'auto' && via !== 'rsync') return via
  const here = await hasRsync()
  const limits = { signal: transfer.stop.signal }
  const there = await transfer.host.perform(
    script([TOOLS], ([{ lines }]) => ({ rsync: lines.some(isUsableRsync), tar: lines.includes('tar') })),
    limits,
  )
  if (here && there.rsync) return 'rsync'
  if (via === 'rsync') {
    const where = here ? transfer.stop.host : 'this machine'
    throw failure(transfer, 'TRANSFER_FAILED', {
      why: `there is no rsync of version 3 on ${where}`,
      remedy: 'install it, or use "auto".',
    })
  }
  return there.tar || !transfer.openFiles ? 'tar' : 'sftp'
}

/** Brings a file or a tree of this machine to a host. */
export function upload(place: Place, local: string, remote: string, options: TransferOptions) {
  return within(place, 'upload', { local, remote }, options, async transfer => {
    const found = await stat(transfer.local).catch(() => undefined)
    if (!found) throw failure(transfer, 'SOURCE_NOT_FOUND', { why: `there is no ${transfer.local}` })
    if (found.isDirectory()) {
      onlyForFiles(transfer)
      const source = await walk(transfer.local, transfer.exclusion, 'source')
      return sendTree(transfer, source, await treeWay(transfer))
    }
    const entry = {
      ...(await entryAt(transfer.local, '')),
      ...{ size: found.size, mode: found.mode & 0o7777, mtime: Math.floor(found.mtimeMs / 1000) },
    }
    if (!found.isFile()) {
      throw failure(transfer, 'TRANSFER_REFUSED', { why: 'it is a socket, a device or a named pipe' })
    }
    return options.via === 'sftp' ? sendFileBySftp(transfer, entry) : sendFile(transfer, entry)
  })
}

/** Looks at what is to be downloaded: a file, or a tree with all that is in it. */
async function lookAt(transfer: Transfer): Promise<{ absolute: string; source: Tree }> {
  const path = withoutSlash(transfer.remote)
  const command = ask`\
path=${path}
[ -e "$path" ] || { echo 'there is nothing at this path' >&2; exit 44; }
if [ -d "$path" ]; then cd -P -- "$path" && printf '%s\0' "$PWD" && exec find . -printf ${FIND_FORMAT}; fi
readlink -fz -- "$path"; exec find -L ${path} -maxdepth 0 -printf ${FIND_FORMAT}`
  const process = await HostStream.start(transfer.host, command, transfer.stop)
  process.stdin.end()
  const chunks: Buffer[] = []
  for await (const chunk of process.chunks()) chunks.push(chunk)
  await process.finished(failed =>
    failed.exitCode === 44
      ? failure(transfer, 'SOURCE_NOT_FOUND', { why: `there is no ${transfer.remote}` })
      : processFailure(transfer, 'what looks at the source')(failed),
  )
  const [absolute = '', ...fields] = Buffer.concat(chunks).toString().split('\0').slice(0, -1)
  return { absolute, source: parseEntries(fields, transfer.exclusion, 'source') }
}

/** Brings a file or a tree of a host to this machine. */
export function download(place: Place, remote: string, local: string, options: TransferOptions) {
  return within(place, 'download', { local, remote }, options, async transfer => {
    const { absolute, source } = await lookAt(transfer)
    const top = source.entries.get('')
    if (top?.type === 'directory') {
      onlyForFiles(transfer)
      return receiveTree(transfer, source, absolute, await treeWay(transfer))
    }
    if (top?.type !== 'file') {
      throw failure(transfer, 'TRANSFER_REFUSED', { why: 'it is a socket, a device or a named pipe' })
    }
    if (options.via !== 'sftp') {
      const done = await receiveFile(transfer, top, (file, meter) => streamFile(transfer, file, meter))
      return { ...done, via: 'stream' }
    }
    const fetch = (channel: FileChannel) =>
      receiveFile(transfer, top, (file, meter) => channel.get(absolute, file, bytes => meter.add(bytes)))
    return { ...(await withSftp(transfer, fetch)), via: 'sftp' }
  })
}
