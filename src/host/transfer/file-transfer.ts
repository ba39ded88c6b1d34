import { createReadStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ask, change, raw } from '../../command/command.js'
import { above, BESIDE, beside, operand } from '../files/file-path.js'
import { HostStream } from './host-stream.js'
import { adjustLocally, localBeside } from './local-staging.js'
import { failure, processFailure, type Transfer } from './transfer.js'
import { TransferMeter } from './transfer-meter.js'
import type { TransferResult } from './transfer-options.js'
import type { TreeEntry } from './tree.js'

const CHUNK = 256 * 1024

/** Sends one file as a stream: into a file beside, which is renamed once all its bytes are there. */
export async function sendFile(transfer: Transfer, entry: TreeEntry): Promise<Partial<TransferResult>> {
  const { host, local, remote, stop, options } = transfer
  const mode = (options.mode ?? entry.mode).toString(8).padStart(4, '0')
  const [final, next] = [operand(remote), beside(remote, 'upload')]
  const command = change`\
final=${final} next=${next} above=${above(remote)}
[ ! -d "$final" ] || { echo 'it is a directory' >&2; exit 1; }
mkdir -p -- "$above" || exit 1
if command -v flock >/dev/null; then
  for old in "$above"/${raw(BESIDE.upload)}*; do [ ! -e "$old" ] || flock -n "$old" rm -rf -- "$old"; done
fi
umask 077
set -C; exec 9>"$next" || exit 1
trap 'rm -f -- "$next"' EXIT
trap 'exit 1' HUP INT TERM PIPE
! command -v flock >/dev/null || flock -n 9
cat >&9 || exit 1
[ "$(stat -c %s -- "$next")" -eq ${entry.size} ] || { echo 'not all of it has arrived' >&2; exit 46; }
chmod ${mode} -- "$next" && touch -m -d @${entry.mtime} -- "$next" && mv -fT -- "$next" "$final"`
  const meter = new TransferMeter(options.onProgress, { totalFiles: 1, totalBytes: entry.size })
  const process = await HostStream.start(host, command, stop)
  process.stdout.resume()
  let sent = 0
  async function* content() {
    if (entry.size === 0) return
    const source = createReadStream(local, { end: entry.size - 1, highWaterMark: CHUNK })
    for await (const chunk of source as AsyncIterable<Buffer>) {
      sent += chunk.length
      meter.add(chunk.length)
      yield chunk
    }
  }
  try {
    await process.write(content())
  } catch (error) {
    process.abandon()
    throw error
  }
  process.stdin.end()
  await process.finished(failed =>
    failed.exitCode === 46 && sent < entry.size
      ? failure(transfer, 'TRANSFER_INCOMPLETE', { why: 'the file changed while it was sent' })
      : processFailure(transfer, 'what writes the file')(failed),
  )
  meter.add(0, 1)
  meter.tell()
  return { via: 'stream', files: 1, bytes: entry.size, changed: 1 }
}

/** Gets one file into a file beside, which is renamed once all its bytes are there. */
export async function receiveFile(
  transfer: Transfer,
  entry: TreeEntry,
  fetch: (file: string, meter: TransferMeter) => Promise<void>,
): Promise<Partial<TransferResult>> {
  const { options } = transfer
  const final = resolve(transfer.local)
  if ((await stat(final).catch(() => undefined))?.isDirectory()) {
    throw failure(transfer, 'TRANSFER_REFUSED', { why: `${final} is a directory` })
  }
  const meter = new TransferMeter(options.onProgress, { totalFiles: 1, totalBytes: entry.size })
  const next = await localBeside(dirname(final))
  try {
    await fetch(next, meter)
    transfer.stop.throwIfAborted()
    const { size } = await stat(next)
    if (size !== entry.size) {
      throw failure(transfer, 'TRANSFER_INCOMPLETE', { why: `${size} of ${entry.size} bytes have arrived` })
    }
    await adjustLocally(next, { mode: options.mode ?? entry.mode, mtime: entry.mtime })
    await rename(next, final)
  } finally {
    await rm(next, { force: true })
  }
  meter.add(0, 1)
  meter.tell()
  return { files: 1, bytes: entry.size, changed: 1 }
}

/** Fetches a file as a stream. */
export async function streamFile(transfer: Transfer, file: string, meter: TransferMeter): Promise<void> {
  const process = await HostStream.start(
    transfer.host,
    ask`cat -- ${operand(transfer.remote)}`,
    transfer.stop,
  )
  process.stdin.end()
  const handle = await open(file, 'wx', 0o600)
  try {
    for await (const chunk of process.chunks()) {
      await handle.writeFile(chunk)
      meter.add(chunk.length)
    }
  } finally {
    await handle.close()
  }
  await process.finished(processFailure(transfer, 'what reads the file'))
}
