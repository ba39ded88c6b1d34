/** What all that has a name in a file system has. Times are milliseconds. */
interface NodeBase {
  readonly id: number
  mode: number
  owner: string
  group: string
  mtime: number
}

/** A file; its bytes are the characters of a string, each below 256. */
export interface FileNode extends NodeBase {
  readonly kind: 'file'
  content: string
}

/** A directory. */
export interface DirectoryNode extends NodeBase {
  readonly kind: 'directory'
  readonly entries: Map<string, FileTreeNode>
}

/** A symbolic link. */
export interface LinkNode extends NodeBase {
  readonly kind: 'link'
  readonly target: string
}

/** `/dev/null`, and the kernel's random generator. */
export interface DeviceNode extends NodeBase {
  readonly kind: 'device'
  readonly device: 'null' | 'random'
}

/** A socket, on which somebody listens as long as it is there. */
export interface SocketNode extends NodeBase {
  readonly kind: 'socket'
}

/** Whatever has a name. */
export type FileTreeNode = FileNode | DirectoryNode | LinkNode | DeviceNode | SocketNode

const TYPE_BITS: Readonly<Record<FileTreeNode['kind'], number>> = {
  file: 0o100000,
  directory: 0o040000,
  link: 0o120000,
  device: 0o020000,
  socket: 0o140000,
}

/** Type and permissions in one number, as `stat` has them. */
export function modeBits(node: FileTreeNode): number {
  return TYPE_BITS[node.kind] | node.mode
}

/** Bytes of a file; of a link those of its target. */
export function sizeOf(node: FileTreeNode): number {
  if (node.kind === 'file') return node.content.length
  if (node.kind === 'link') return node.target.length
  return node.kind === 'directory' ? 4096 : 0
}

/** Kibibytes that it takes on the disk. */
export function kibibytesOf(node: FileTreeNode): number {
  if (node.kind === 'directory') return 4
  return node.kind === 'file' ? Math.ceil(node.content.length / 4096) * 4 : 0
}
