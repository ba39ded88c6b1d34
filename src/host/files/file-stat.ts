/** What is known of a file, a directory or a link; see {@link Files.stat}. */
export interface FileStat {
  /** `other`: a socket, a device, a named pipe. */
  readonly type: 'file' | 'directory' | 'link' | 'other'
  /** Bytes. */
  readonly size: number
  /** Permission bits, such as `0o644`. */
  readonly mode: number
  /** Name of its owner; the number if it has no name. */
  readonly owner: string
  /** Name of its group; the number if it has no name. */
  readonly group: string
  /** When its content was last changed, to the second. */
  readonly mtime: Date
  /** Where a link points to, as it stands in it. */
  readonly target?: string
}

const TYPES = new Map<number, FileStat['type']>([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'link'],
])

/** What `stat` prints for {@link parseStat}. BusyBox has it too. */
export const STAT_FORMAT = '%f %s %Y %u %g %U %G'

/** Reads a line of `stat -c` and, for a link, the line of `readlink` after it. */
export function parseStat(text: string): FileStat {
  const end = text.indexOf('\n')
  const [rawMode = '', size, seconds, uid = '', gid = '', owner = '', group = ''] = text
    .slice(0, end)
    .split(' ')
  const bits = Number.parseInt(rawMode, 16)
  const type = TYPES.get(bits & 0o170000) ?? 'other'
  return {
    type,
    size: Number(size),
    mode: bits & 0o7777,
    owner: owner === 'UNKNOWN' ? uid : owner,
    group: group === 'UNKNOWN' ? gid : group,
    mtime: new Date(Number(seconds) * 1000),
    ...(type === 'link' && { target: text.slice(end + 1, -1) }),
  }
}
