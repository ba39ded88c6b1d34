import type { Duplex } from 'node:stream'
import { ask, type Command, change } from '../../command/command.js'
import { Output } from '../output.js'
import { HostStream } from './host-stream.js'
import { failure, type Transfer } from './transfer.js'
import type { TransferMeter } from './transfer-meter.js'
import type { SkippedEntry } from './tree.js'

/** Real rsync from version 3.0 on: before, and in openrsync, paths cannot be kept from the remote shell. */
const USABLE = /^rsync\s+version\s+v?([3-9]|\d\d)\./

/** Asks a host for the programs that transfer trees. */
export const TOOLS = ask`LC_ALL=C rsync --version 2>/dev/null | head -n 1; command -v tar >/dev/null && echo tar; :`

/** Whether a line of `rsync --version` is that of one that can be used. */
export function isUsableRsync(line: string): boolean {
  return USABLE.test(line)
}

/** Whether this machine has an rsync that can be used. */
export async function hasRsync(): Promise<boolean> {
  if (process.platform === 'win32') return false
  const { execa } = await import('execa')
  const { stdout } = await execa('rsync', ['--version'], { reject: false, env: { LC_ALL: 'C' } })
  return typeof stdout === 'string' && isUsableRsync(stdout)
}

/**
 * What rsync takes for ssh. It tells us on descriptor 4 what is to be run on the host, then passes on what
 * goes there (4) and what comes from there (3): by our own connection, with its checks and its user. Like ssh
 * it ends when the program on the host does.
 */
const BRIDGE = `sh -c 'exec 5<&0; printf "%s\\0" "$@" "" >&4; cat <&5 >&4 & exec 5<&-; cat <&3; kill $!'`

/** What rsync is asked to do, the same for every version from 3.0 on. */
function flags({ options, direction, exclusion }: Transfer, skipped: readonly SkippedEntry[]): string[] {
  return [
    ...['-rlpts', '--no-h', '--blocking-io', '--out-format=%i %l', '-e', BRIDGE],
    ...(options.delete ? ['--delete'] : []),
    ...(direction === 'download' ? ['--safe-links'] : []),
    ...exclusion.filters(skipped.map(({ path }) => path)),
  ]
}

/**
 * Brings the content of one directory into another with rsync, which writes each file beside and renames it.
 *
 * @returns files whose content came
 */
export async function rsync(
  transfer: Transfer,
  directories: { readonly local: string; readonly remote: string },
  skipped: readonly SkippedEntry[],
  meter: TransferMeter,
): Promise<number> {
  const { direction, host, stop } = transfer
  const ends = direction === 'upload' ? ['./', 'host:./'] : ['host:./', './']
  const { execa } = await import('execa')
  const local = execa('rsync', [...flags(transfer, skipped), '--', ...ends], {
    ...{ cwd: directories.local, env: { LC_ALL: 'C' }, reject: false, buffer: false },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  })
  const [, , , toRsync, fromRsync] = local.stdio as unknown as [null, Duplex, Duplex, Duplex, Duplex]
  const errors = new Output(64 * 1024)
  local.stderr?.on('data', chunk => errors.append(chunk))
  for (const stream of [toRsync, fromRsync]) stream.on('error', () => {}) // how it ended is told by the exit code
  const kill = () => local.kill('SIGTERM')
  stop.signal.addEventListener('abort', kill, { once: true })
  const told = itemised(local.stdout as AsyncIterable<Buffer>, direction, meter)
  try {
    const remote = await bridged(transfer, directories.remote, toRsync, fromRsync)
    const { exitCode } = await local
    if (exitCode !== 0) remote?.abandon()
    const explained = (why: string, stderr: string) =>
      failure(transfer, 'TRANSFER_FAILED', { why, output: [errors.bytes().toString(), stderr].join('\n') })
    await remote?.finished(({ exitCode: code, stderr }) =>
      explained(`rsync ended with exit code ${code}`, stderr),
    )
    stop.throwIfAborted()
    if (exitCode !== 0)
      throw explained(`rsync ended with exit code ${exitCode ?? 'unknown'}`, remote?.stderr ?? '')
    return await told
  } finally {
    stop.signal.removeEventListener('abort', kill)
    kill()
  }

  async function bridged(_: Transfer, directory: string, to: Duplex, from: Duplex) {
    const { words, rest } = await wordsOf(from)
    if (words === undefined) return undefined
    const argv = words.slice(words.indexOf('rsync'))
    const make: (argv: readonly string[]) => Command = direction === 'upload' ? change : ask
    const process = await HostStream.start(host, make(argv).in(directory), stop)
    process.stdin.write(rest)
    from.pipe(process.stdin)
    process.stdout.pipe(to)
    return process
  }
}

/** Reads what rsync wants to have run: words, each with a NUL character, and an empty one. */
async function wordsOf(stream: Duplex): Promise<{ words: string[] | undefined; rest: Buffer }> {
  let seen = Buffer.alloc(0)
  return new Promise(resolve => {
    const onData = (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk])
      const end = seen.indexOf('\0\0')
      if (end < 0) return
      stream.off('data', onData)
      stream.pause()
      resolve({ words: seen.subarray(0, end).toString().split('\0'), rest: seen.subarray(end + 2) })
    }
    stream.on('data', onData)
    stream.once('close', () => resolve({ words: undefined, rest: seen }))
    stream.once('end', () => resolve({ words: undefined, rest: seen }))
  })
}

/** Counts the files that rsync says it has brought. */
async function itemised(
  stdout: AsyncIterable<Buffer>,
  direction: Transfer['direction'],
  meter: TransferMeter,
): Promise<number> {
  const mark = direction === 'upload' ? '<f' : '>f'
  let [line, files] = ['', 0]
  for await (const chunk of stdout) {
    const lines = (line + chunk.toString()).split('\n')
    line = lines.pop() ?? ''
    for (const each of lines) {
      if (!each.startsWith(mark)) continue
      files += 1
      meter.add(Number(each.split(' ').at(-1)), 1)
    }
  }
  return files
}
