import { posix } from 'node:path'
import { change, raw } from '../../command/command.js'
import { quote } from '../../command/quote.js'
import { above, BESIDE, newName, withoutSlash } from '../files/file-path.js'
import { HostStream } from './host-stream.js'
import { processFailure, type Transfer } from './transfer.js'
import { FIND_FORMAT, parseEntries, type Tree } from './tree.js'
import type { TreePlan } from './tree-plan.js'

/**
 * A directory on the host that a tree arrives in: beside the target, or in it if the target is there.
 *
 * A process on the host makes it, holds a lock on it, and removes it when it ends or loses us. What dead
 * ones have left, it removes before: those whose lock is free.
 */
export class RemoteStaging {
  private constructor(
    private readonly transfer: Transfer,
    private readonly process: HostStream,
    readonly target: string,
    /** Absolute; what arrives goes here. */
    readonly path: string,
    /** What the target was like before. Without `looks` it has at most its top. */
    readonly before: Tree,
  ) {}

  static async open(transfer: Transfer, kind: 'file' | 'tree', looks: boolean): Promise<RemoteStaging> {
    const { host, stop, remote, exclusion } = transfer
    const target = withoutSlash(remote)
    const name = newName('upload')
    const find = `find . ${looks ? '' : '-maxdepth 0 '}-printf '${FIND_FORMAT}' 2>/dev/null`
    const command = change`\
target=${target} above=${above(target)} name=${name} kind=${kind}
if [ -d "$target" ] && [ "$kind" = file ]; then echo 'the target is a directory' >&2; exit 1
elif [ -d "$target" ]; then home=$target
elif [ "$kind" = tree ] && { [ -e "$target" ] || [ -L "$target" ]; }; then echo 'the target exists and is not a directory' >&2; exit 1
else home=$above; mkdir -p -- "$home" || exit 1
fi
if command -v flock >/dev/null; then
  for old in "$home"/${raw(`${BESIDE.upload}*`)}; do [ ! -e "$old" ] || flock -n "$old" rm -rf -- "$old"; done
fi
stage=$home/$name
( umask 077; mkdir -- "$stage" ) && exec 9<"$stage" || exit 1
! command -v flock >/dev/null || flock -n 9
trap 'cd /; chmod -R u+rwx -- "$full" 2>/dev/null; rm -rf -- "$full"' EXIT
trap 'exit 1' HUP INT TERM PIPE
full=$(cd -P -- "$stage" && pwd) && mkdir -- "$stage/tree" && printf '%s\0' "$full" || exit 1
if [ "$home" = "$target" ]; then ( cd -- "$target" && ${raw(find)} ); fi
printf 'end of %s\0' "$name"
read -r length || exit 1
script=$(head -c "$length"; echo .)
[ "\${#script}" -eq "$((length + 1))" ] || exit 1
eval "\${script%.}"`
    const process = await HostStream.start(host, command, stop)
    const fields = (await fieldsUntil(process, `end of ${name}`)) ?? []
    const [path, ...found] = fields
    if (path === undefined) {
      await process.finished(processFailure(transfer, 'what prepares the target'))
      throw processFailure(transfer, 'what prepares the target')({ exitCode: 0, stderr: '' })
    }
    const before = parseEntries(found, exclusion, 'target')
    return new RemoteStaging(transfer, process, target, posix.join(path, 'tree'), before)
  }

  /** Puts in place what has arrived, by renaming. */
  async commit(plan: TreePlan): Promise<void> {
    await this.#send(this.#script(plan))
  }

  async #send(script: string): Promise<void> {
    await this.process.write([Buffer.from(`${Buffer.byteLength(script)}\n${script}`)])
    this.process.stdin.end()
    await this.process.finished(processFailure(this.transfer, 'what puts the files in place'))
  }

  /** Puts in place a single file that has arrived, under the name `file`. */
  async commitFile(): Promise<void> {
    await this.#send(`mv -fT -- ${quote(posix.join(this.path, 'file'))} ${quote(this.target)}`)
  }

  /** Lets go of what has arrived; it is removed. */
  async abandon(): Promise<void> {
    this.process.stdin.end()
    this.process.stdout.resume()
    await Promise.race([this.process.ended, new Promise(resolve => setTimeout(resolve, 5_000).unref())])
  }

  #script({ remove, whole, into, adjust }: TreePlan): string {
    const from = (path: string) => quote(posix.join(this.path, path))
    const to = (path: string) => quote(path === '' ? this.target : `${this.target}/${path}`)
    const lines = [
      ...remove.map(path => `rm -rf -- ${to(path)}`),
      ...into.map(path => `[ -w ${to(path)} ] || chmod u+rwx -- ${to(path)}`),
      ...whole.map(path => `chmod u+rwx -- ${from(path)} && mv -fT -- ${from(path)} ${to(path)}`),
      ...into.map(
        path =>
          `[ ! -d ${from(path)} ] || find ${from(path)} -mindepth 1 -maxdepth 1 ! -type d -exec mv -f -t ${to(path)} -- {} +`,
      ),
      'cd / && rm -rf -- "$full" && cd - >/dev/null', // it changes the time of the directory that it is in
      ...adjust.flatMap(({ path, mode, mtime }) => [
        `chmod ${mode.toString(8).padStart(4, '0')} -- ${to(path)}`,
        `touch -m -d @${mtime} -- ${to(path)}`,
      ]),
    ]
    return lines.map(line => `{ ${line}; } || exit 1\n`).join('')
  }
}

/** Reads what a process prints up to a field, undefined if it ends before. The process lives on. */
async function fieldsUntil(process: HostStream, last: string): Promise<readonly string[] | undefined> {
  const end = Buffer.from(`${last}\0`)
  const chunks: Buffer[] = []
  const told = new Promise<boolean>(resolve => {
    process.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      const tail = chunk.length >= end.length ? chunk : Buffer.concat(chunks)
      if (tail.subarray(-end.length).equals(end)) resolve(true)
    })
    process.stdout.resume()
    void process.ended.then(() => resolve(false))
  })
  if (!(await told)) return undefined
  return Buffer.concat(chunks).toString().split('\0').slice(0, -2)
}
