import { ask } from '../../command/command.js'
import type { Script } from '../../command/script.js'
import type { Secret } from '../../command/secret.js'
import type { Host } from '../host.js'
import { type CallLimits, Watch } from '../limits.js'
import { HostStream } from '../transfer/host-stream.js'
import { operand } from './file-path.js'
import {
  type FileAttributes,
  fileError,
  linking,
  listing,
  looking,
  makingDirectory,
  makingTemporaryDirectory,
  READ_LIMIT,
  reading,
  removing,
  writing,
} from './file-scripts.js'
import type { FileStat } from './file-stat.js'
import { TemporaryDirectory } from './temporary-directory.js'

/** Limits of a call, and what a written file looks like. */
export interface WriteOptions extends CallLimits, FileAttributes {
  /** Permission bits. @defaultValue those of the file that is replaced, else `0o644`; of a {@link Secret} `0o600` */
  readonly mode?: number | undefined
}

/**
 * The files of a host, in its directory and as its user; reached as `host.files`.
 *
 * Each call is one round trip (a file of more than 8 MiB is read in two). Paths are taken as they are: neither
 * `~` nor `*` means anything, and no name is taken for an option.
 *
 * @example
 * ```ts
 * const { files } = host.within('/srv/app')
 * await files.write('.env', Secret.of(environment))
 * if (await files.exists('maintenance.html')) await files.remove('maintenance.html')
 * ```
 */
export class Files {
  readonly #host: Host

  /** @internal */
  constructor(host: Host) {
    this.#host = host
  }

  /**
   * The content of a file, byte for byte: `head -c`.
   *
   * @throws {@link FileError} when there is none, or it cannot be read
   */
  async read(path: string, limits: CallLimits = {}): Promise<Buffer> {
    const bytes = await this.#perform(reading(path), limits)
    if (bytes.length <= READ_LIMIT) return bytes
    const what = `read ${path}`
    using stop = new Watch(limits, what, this.#host.name)
    const process = await HostStream.start(this.#host, ask`cat -- ${operand(path)}`, stop)
    process.stdin.end()
    const chunks: Buffer[] = []
    for await (const chunk of process.chunks()) chunks.push(chunk)
    await process.finished(({ stderr }) => fileError(what, path, this.#host.name, stderr))
    return Buffer.concat(chunks)
  }

  /**
   * The content of a file as UTF-8; else like {@link Files.read}.
   *
   * @throws {@link FileError} when there is none, or it cannot be read
   */
  async readText(path: string, limits: CallLimits = {}): Promise<string> {
    return (await this.read(path, limits)).toString('utf8')
  }

  /**
   * Writes a file beside, then renames it (`mv -T`): who reads it sees the old content or the new one. A link
   * is replaced, not followed. The content is in no argument vector; use {@link Host.upload} for large files.
   *
   * @throws {@link FileError} when it cannot be written, or is a directory; the old file is as it was
   * @throws {@link OptionError} when the path is empty or the mode impossible
   */
  async write(path: string, content: string | Buffer | Secret, options: WriteOptions = {}): Promise<void> {
    await this.#perform(writing(path, content, options), options)
  }

  /**
   * Tells whether there is anything at a path: `stat`. A link counts, also when it points nowhere.
   *
   * @throws {@link FileError} when its directory cannot be entered
   */
  async exists(path: string, limits: CallLimits = {}): Promise<boolean> {
    return (await this.stat(path, limits)) !== undefined
  }

  /**
   * Type, size, mode, owner and time of what is at a path: `stat`. Links are not followed.
   *
   * @returns undefined if there is nothing
   * @throws {@link FileError} when its directory cannot be entered
   */
  async stat(path: string, limits: CallLimits = {}): Promise<FileStat | undefined> {
    return this.#perform(looking(path), limits)
  }

  /**
   * The names in a directory, hidden ones too, sorted: `find`.
   *
   * @throws {@link FileError} when there is none, or it cannot be read
   */
  async list(path: string, limits: CallLimits = {}): Promise<readonly string[]> {
    return this.#perform(listing(path), limits)
  }

  /**
   * Makes a symbolic link, in place of the file or link that is there, in one instant: `ln -s`, then `mv -T`.
   *
   * @param target - what it points to, as it is to stand in the link
   * @throws {@link FileError} when it cannot be made, or a directory is in its place
   */
  async link(target: string, path: string, limits: CallLimits = {}): Promise<void> {
    await this.#perform(linking(target, path), limits)
  }

  /**
   * Removes a file or link, with `recursive` also a directory and all in it: `rm -f`, `rm -fr`.
   *
   * @returns whether there was something
   * @throws {@link FileError} when it cannot be removed
   * @throws {@link OptionError} when the path is empty, the root, the directory itself, or one above it
   */
  async remove(path: string, options: CallLimits & { readonly recursive?: boolean } = {}): Promise<boolean> {
    return this.#perform(removing(path, options.recursive ?? false), options)
  }

  /**
   * Makes a directory, and those above it that are missing: `mkdir -p`, then `chown` and `chmod` if asked to.
   *
   * @returns whether it was not there
   * @throws {@link FileError} when it cannot be made
   */
  async makeDirectory(path: string, options: CallLimits & FileAttributes = {}): Promise<boolean> {
    return this.#perform(makingDirectory(path, options), options)
  }

  /**
   * Makes a directory that only its owner can enter: `mktemp -d`. Declare it with `await using`, and it is gone
   * afterwards, whatever happens in between.
   *
   * @throws {@link FileError} when it cannot be made
   */
  async temporaryDirectory(limits: CallLimits = {}): Promise<TemporaryDirectory> {
    return new TemporaryDirectory(this.#host, await this.#perform(makingTemporaryDirectory(), limits))
  }

  /**
   * Gives a piece of work a directory of its own: `mktemp -d`, and `rm -rf` after it, also when it fails.
   *
   * @returns what the work returns
   */
  async withTemporaryDirectory<T>(work: (path: string) => Promise<T>, limits: CallLimits = {}): Promise<T> {
    const temporary = await this.temporaryDirectory(limits)
    try {
      return await work(temporary.path)
    } finally {
      await temporary.remove()
    }
  }

  #perform<T>(script: Script<T>, { signal, timeout }: CallLimits): Promise<T> {
    return this.#host.perform(script, {
      ...(signal !== undefined && { signal }),
      ...(timeout !== undefined && { timeout }),
    })
  }
}
