import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HeaderData } from 'tar'
import { change } from '../../command/command.js'
import { HostStream } from './host-stream.js'
import { failure, processFailure, type Transfer } from './transfer.js'
import type { TransferMeter } from './transfer-meter.js'
import type { TreeEntry } from './tree.js'

const BLOCK = 512
/** Files up to this size are read as a whole, several at a time. */
const SMALL = 256 * 1024
const AT_ONCE = 16

const TYPES = { file: 'File', directory: 'Directory', link: 'SymbolicLink', other: 'Unsupported' } as const

function headers({ Header, Pax }: Tar, { path, type, size, mode, mtime, target }: TreeEntry): Buffer {
  const data: HeaderData = {
    path: `./${path}${type === 'directory' && path !== '' ? '/' : ''}`,
    type: TYPES[type],
    size: type === 'file' ? size : 0,
    mode: type === 'directory' ? mode | 0o700 : mode, // until all is in it
    mtime: new Date(mtime * 1000),
    ...{ uid: 0, gid: 0, uname: '', gname: '' },
    ...(type === 'link' && { linkpath: target }),
  }
  const header = new Header(data)
  header.encode()
  if (!header.block) throw new Error(`no tar header for ${path}`)
  if (!header.needPax) return header.block
  const { path: name, size: bytes } = data
  const pax = new Pax({
    ...(name !== undefined && { path: name }),
    ...(bytes !== undefined && { size: bytes }),
    ...(type === 'link' && { linkpath: target }),
  }).encode()
  return Buffer.concat([pax, header.block])
}

type Tar = typeof import('tar')

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
}

/** A tar stream of entries, whose files are read while it is sent. */
async function* packed(
  transfer: Transfer,
  entries: readonly TreeEntry[],
  meter: TransferMeter,
): AsyncIterable<Buffer> {
  const changed = (path: string) =>
    failure(transfer, 'TRANSFER_INCOMPLETE', { why: `${path} changed while it was sent` })
  const load = (entry: TreeEntry | undefined) => {
    if (entry?.type !== 'file' || entry.size > SMALL) return undefined
    const content = readFile(join(transfer.local, entry.path))
    content.catch(() => {}) // it is awaited in its turn
    return content
  }
  const tar = await import('tar')
  const ahead = entries.slice(0, AT_ONCE).map(load)
  for (const [index, entry] of entries.entries()) {
    ahead.push(load(entries[index + AT_ONCE]))
    const content = await ahead.shift()
    const { size, path, type } = entry
    const head = headers(tar, entry)
    if (type !== 'file') yield head
    else if (content) {
      if (content.length !== size) throw changed(path)
      yield Buffer.concat([head, content, padding(size)])
      meter.add(size, 1)
    } else {
      yield head
      let sent = 0
      const file = createReadStream(join(transfer.local, path), { end: size - 1, highWaterMark: SMALL })
      for await (const chunk of file as AsyncIterable<Buffer>) {
        sent += chunk.length
        meter.add(chunk.length)
        yield chunk
      }
      if (sent !== size) throw changed(path)
      yield padding(size)
      meter.add(0, 1)
    }
  }
  yield Buffer.alloc(2 * BLOCK)
}

/** The same bytes in fewer chunks: each costs a packet, and a turn of the event loop. */
async function* gathered(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let waiting: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    waiting.push(chunk)
    size += chunk.length
    if (size < SMALL) continue
    yield Buffer.concat(waiting)
    waiting = []
    size = 0
  }
  yield Buffer.concat(waiting)
}

/** Sends entries of a local tree into a directory of the host, as a tar stream. */
export async function sendTar(
  transfer: Transfer,
  entries: readonly TreeEntry[],
  staging: string,
  meter: TransferMeter,
): Promise<void> {
  const process = await HostStream.start(transfer.host, change`tar -xpof -`.in(staging), transfer.stop)
  process.stdout.resume()
  try {
    await process.write(gathered(packed(transfer, entries, meter)))
  } catch (error) {
    process.abandon()
    throw error
  }
  process.stdin.end()
  await process.finished(processFailure(transfer, 'tar'))
}
