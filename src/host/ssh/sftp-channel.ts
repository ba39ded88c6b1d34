import { open } from 'node:fs/promises'
import type { InputAttributes, SFTPWrapper } from 'ssh2'
import type { FileChannel, FileTimes } from '../connection.js'

/** Bytes of one request; every server takes them. */
const CHUNK = 32 * 1024
/** Requests under way for one large file, and size from which a file counts as large. */
const REQUESTS = 64
const LARGE = 256 * 1024

/** SFTP over a connection. A lost connection fails all that is under way. */
export class SftpChannel implements FileChannel {
  readonly #pending = new Set<(error: Error) => void>()
  #lost: Error | undefined

  constructor(private readonly sftp: SFTPWrapper) {
    const fail = () => {
      this.#lost = new Error('the connection was lost')
      for (const reject of this.#pending) reject(this.#lost)
    }
    for (const event of ['close', 'end', 'error'] as const) sftp.on(event, fail)
  }

  makeDirectory(path: string, mode: number): Promise<void> {
    return this.#done(answer => this.sftp.mkdir(path, { mode }, answer))
  }

  link(target: string, path: string): Promise<void> {
    return this.#done(answer => this.sftp.symlink(target, path, answer))
  }

  adjust(path: string, { mode, mtime }: FileTimes): Promise<void> {
    const attributes: InputAttributes = { mode, atime: mtime, mtime }
    return this.#done(answer => this.sftp.setstat(path, attributes, answer))
  }

  async put(local: string, path: string, times: FileTimes, count: (bytes: number) => void): Promise<void> {
    const source = await open(local)
    try {
      const { size } = await source.stat()
      if (size > LARGE) {
        await this.#done(answer => this.sftp.fastPut(local, path, { ...steps(count), mode: 0o600 }, answer))
      } else {
        const content = await source.readFile()
        await this.#write(path, content)
        count(content.length)
      }
      await this.adjust(path, times)
    } finally {
      await source.close()
    }
  }

  get(path: string, local: string, count: (bytes: number) => void): Promise<void> {
    return this.#done(answer => this.sftp.fastGet(path, local, steps(count), answer))
  }

  close(): void {
    this.sftp.end()
  }

  async #write(path: string, content: Buffer): Promise<void> {
    const handle = await this.#ask<Buffer>(answer => this.sftp.open(path, 'wx', 0o600, answer))
    for (let at = 0; at < content.length; at += CHUNK) {
      const length = Math.min(CHUNK, content.length - at)
      await this.#done(answer => this.sftp.write(handle, content, at, length, at, answer))
    }
    await this.#done(answer => this.sftp.close(handle, answer))
  }

  #done(request: (answer: (error?: Error | null) => void) => unknown): Promise<void> {
    return this.#ask<undefined>(answer => request(error => answer(error ?? undefined, undefined)))
  }

  #ask<T>(request: (answer: (error: Error | undefined, value: T) => void) => unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#lost) return reject(this.#lost)
      this.#pending.add(reject)
      request((error, value) => {
        this.#pending.delete(reject)
        if (error) reject(error)
        else resolve(value)
      })
    })
  }
}

function steps(count: (bytes: number) => void) {
  const step = (_total: number, bytes: number) => count(bytes)
  return { chunkSize: CHUNK, concurrency: REQUESTS, step }
}
