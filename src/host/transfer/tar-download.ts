import { chmodSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdir, open, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Parser, ReadEntry } from 'tar'
import { ask } from '../../command/command.js'
import { HostStream } from './host-stream.js'
import { adjustLocally } from './local-staging.js'
import { failure, processFailure, type Transfer } from './transfer.js'
import type { TransferMeter } from './transfer-meter.js'
import { parentOf, type TreeEntry } from './tree.js'

/** Files up to this size are written as a whole, several at a time. */
const SMALL = 256 * 1024
const AT_ONCE = 64

/** Gets entries of a tree on the host into a directory of this machine, as a tar stream. */
export async function receiveTar(
  transfer: Transfer,
  entries: readonly TreeEntry[],
  remote: string,
  staging: string,
  meter: TransferMeter,
): Promise<void> {
  const directories = new Set(entries.map(({ path, type }) => (type === 'directory' ? path : parentOf(path))))
  for (const path of directories) await mkdir(join(staging, path), { recursive: true })
  const files = new Map(entries.filter(({ type }) => type === 'file').map(entry => [entry.path, entry]))
  if (files.size > 0) {
    const command = ask`tar -cf - --hard-dereference --no-recursion --null -T -`.in(remote)
    const process = await HostStream.start(transfer.host, command, transfer.stop)
    const asked = process.write([Buffer.from([...files.keys()].map(path => `./${path}\0`).join(''))])
    void asked.then(() => process.stdin.end())
    let isWhole = false
    try {
      isWhole = await unpack(transfer, process, files, staging, meter)
    } catch (error) {
      process.abandon()
      throw error
    }
    await process.finished(processFailure(transfer, 'tar'))
    if (!isWhole) throw failure(transfer, 'TRANSFER_INCOMPLETE', { why: 'the tar stream ended too early' })
  }
  // last, so that nothing can be written through them
  for (const { path, type, target } of entries)
    if (type === 'link') await symlink(target, join(staging, path))
  for (const entry of entries.toReversed()) {
    const { path, type, mode, mtime } = entry
    if (type === 'directory') await adjustLocally(join(staging, path), { mode: mode | 0o700, mtime })
  }
}

/** Takes files out of a tar stream, and tells whether it was whole. Only what was asked for is written, whatever the stream says. */
async function unpack(
  transfer: Transfer,
  process: HostStream,
  files: Map<string, TreeEntry>,
  staging: string,
  meter: TransferMeter,
): Promise<boolean> {
  const tar = await import('tar')
  const running = new Map<ReadEntry, Promise<void>>()
  let failed: unknown
  const parser = new tar.Parser({ strict: true })
  const fail = (error: unknown) => {
    failed ??= error
  }
  parser.on('error', fail)
  parser.on('entry', (entry: ReadEntry) => {
    const path = entry.path.replace(/^\.\//, '')
    const expected = files.get(path)
    entry.on('error', () => {}) // who takes it hears of it
    if (failed || !expected || entry.type !== 'File' || entry.size !== expected.size) {
      fail(
        failure(transfer, 'TRANSFER_REFUSED', {
          why: expected
            ? `${path} changed while it was sent`
            : `the host sent "${entry.path}", which nobody asked for`,
        }),
      )
      entry.resume()
      return
    }
    files.delete(path)
    const work = take(entry, expected, join(staging, path), meter).catch(error => {
      fail(error)
      entry.resume()
    })
    running.set(entry, work)
    void work.then(() => running.delete(entry))
  })
  for await (const chunk of process.chunks()) {
    if (failed) break
    if (!parser.write(chunk)) await drained(parser)
    if (running.size > AT_ONCE) await Promise.all([...running.values()].slice(0, -1)) // the last may wait for more
  }
  const reason = failed
  const isWhole = !failed && !transfer.stop.aborted && files.size === 0 && (await endOf(parser))
  if (!isWhole) for (const entry of running.keys()) entry.destroy(new Error('the stream ended too early'))
  await Promise.all(running.values())
  if (!transfer.stop.aborted && (reason || (isWhole && failed))) throw reason ?? failed
  return isWhole
}

/** Waits until a parser takes more, or never will. */
function drained(parser: Parser): Promise<void> {
  return new Promise(resolve => {
    const goOn = () => {
      parser.off('drain', goOn)
      parser.off('error', goOn)
      resolve()
    }
    parser.once('drain', goOn)
    parser.once('error', goOn)
  })
}

/** Whether a tar stream ends where it should. */
function endOf(parser: Parser): Promise<boolean> {
  return new Promise(resolve => {
    parser.once('end', () => resolve(true))
    parser.once('error', () => resolve(false))
    parser.end()
  })
}

async function take(
  entry: ReadEntry,
  expected: TreeEntry,
  file: string,
  meter: TransferMeter,
): Promise<void> {
  if (expected.size <= SMALL) {
    const content = await entry.concat()
    // three short system calls: as promises they take a turn of the event loop each, ten times as long
    writeFileSync(file, content, { flag: 'wx', mode: 0o600 })
    chmodSync(file, expected.mode)
    utimesSync(file, expected.mtime, expected.mtime)
    meter.add(content.length, 1)
  } else {
    const handle = await open(file, 'wx', 0o600)
    try {
      for await (const chunk of entry) {
        await handle.writeFile(chunk)
        meter.add(chunk.length)
      }
    } finally {
      await handle.close()
    }
    await adjustLocally(file, expected)
    meter.add(0, 1)
  }
}
