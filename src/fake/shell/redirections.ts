import type { Redirection } from 'unbash'
import { FileAccess } from '../machine/file-access.js'
import { FileFailure } from '../machine/file-failure.js'
import type { FileTreeNode } from '../machine/file-node.js'
import type { ProcessState } from './process.js'
import { type Descriptors, OpenFile, Source } from './streams.js'

/** A redirection whose words are expanded; of `<<` the target is the text itself. */
export interface ResolvedRedirection {
  readonly descriptor: number
  readonly operator: Redirection['operator']
  readonly target: string
}

/** A file that cannot be opened. */
export class RedirectionFailure extends Error {}

const COPIES: Readonly<Record<string, number>> = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2 }

/** Opens what a redirection names; undefined closes the descriptor. @throws {@link RedirectionFailure} */
export function opened(
  { operator, target }: ResolvedRedirection,
  state: ProcessState,
  keepsFiles: boolean,
): OpenFile | undefined {
  if (operator === '<<') return new OpenFile(new Source(target), undefined)
  if (operator === '<&' || operator === '>&') {
    if (target === '-') return undefined
    return known(state, Number(target))
  }
  const copied = COPIES[target]
  if (copied !== undefined) return known(state, copied)
  const { machine, user, cwd, umask } = state
  const files = new FileAccess(machine.tree, user, cwd, umask)
  const closing = (file: OpenFile) => machine.unlock(file)
  try {
    if (operator === '<') {
      const node = machine.tree.open(user, files.absolute(target), 'read')
      return new OpenFile(new Source(contentOf(node, machine.tree.random)), undefined, node, closing)
    }
    if (keepsFiles && operator === '>' && files.peek(target)?.kind === 'file') throw new FileFailure('EEXIST')
    const node = files.openToWrite(target)
    if (node.kind === 'file' && (operator === '>' || operator === '>|')) machine.tree.replace(node, '')
    const write = (text: string) => {
      if (node.kind === 'file') machine.tree.replace(node, node.content + text)
    }
    return new OpenFile(undefined, { write }, node, closing)
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error
    const isMissing = error.code === 'ENOENT'
    if (operator === '<')
      throw new RedirectionFailure(`cannot open ${target}: ${isMissing ? 'No such file' : error.message}`)
    throw new RedirectionFailure(
      `cannot create ${target}: ${isMissing ? 'Directory nonexistent' : error.message}`,
    )
  }
}

function known({ descriptors }: ProcessState, descriptor: number): OpenFile {
  const file = descriptors.get(descriptor)
  if (file) return file
  throw new RedirectionFailure(`${descriptor}: Bad file descriptor`)
}

function contentOf(node: FileTreeNode, random: (bytes: number) => string): string {
  if (node.kind === 'file') return node.content
  return node.kind === 'device' && node.device === 'random' ? random(4096) : ''
}

/** Does something while descriptors lead elsewhere; afterwards they are as they were. */
export function redirected<Each>(
  redirections: readonly Each[],
  shell: { readonly descriptors: Descriptors; complain(message: string): void },
  open: (redirection: Each) => { readonly descriptor: number; readonly file: OpenFile | undefined },
  act: () => number,
): number {
  const { descriptors } = shell
  const before: (readonly [number, OpenFile | undefined])[] = []
  try {
    for (const redirection of redirections) {
      const { descriptor, file } = open(redirection)
      before.push([descriptor, descriptors.get(descriptor)?.use()])
      descriptors.set(descriptor, file)
    }
    return act()
  } catch (error) {
    if (!(error instanceof RedirectionFailure)) throw error
    shell.complain(error.message)
    return 2
  } finally {
    for (const [descriptor, file] of before.reverse()) {
      descriptors.set(descriptor, file)
      file?.drop()
    }
  }
}
