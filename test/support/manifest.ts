import { createHash } from 'node:crypto'
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'

/** What is in a tree: a line for each path with type, mode, time, and the hash of the content or where a link points to. */
export async function manifest(top: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  const visit = async (path: string) => {
    const file = join(top, path)
    const stat = await lstat(file)
    const mode = (stat.mode & 0o7777).toString(8)
    const time = Math.floor(stat.mtimeMs / 1000)
    if (stat.isSymbolicLink()) found[path] = `link ${await readlink(file)}`
    else if (stat.isDirectory()) {
      found[path] = `directory ${mode} ${time}`
      for (const name of await readdir(file)) await visit(join(path, name))
    } else if (stat.isFile()) {
      const hash = createHash('sha256')
        .update(await readFile(file))
        .digest('hex')
      found[path] = `file ${mode} ${time} ${hash}`
    } else found[path] = 'other'
  }
  await visit('.')
  return found
}

/** Names that make tools stumble. Their paths come to more than 300 bytes. */
export const NASTY = [
  '-rf',
  ' a b ',
  'line\nend\n',
  'ünï😀',
  `it's "$HOME" \`id\` *?[x]\\`,
  'host:file',
  '#x',
  '@y',
  `${'d'.repeat(200)}/${'f'.repeat(150)}`,
]

/** Makes a tree with everything in it that a transfer has to keep. */
export async function makeTree(top: string): Promise<void> {
  await mkdir(join(top, 'empty/below'), { recursive: true })
  await mkdir(join(top, 'sub/deep'), { recursive: true })
  for (const [index, name] of NASTY.entries()) {
    const file = join(top, 'nasty', name)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, `content ${index}`)
    await utimes(file, 1_600_000_000 + index, 1_600_000_000 + index)
  }
  await writeFile(join(top, 'large'), Buffer.alloc(1_500_000, 'large and \0 binary \xff'))
  await writeFile(join(top, 'none'), '')
  await writeFile(join(top, 'sub/deep/script.sh'), '#!/bin/sh\n', { mode: 0o755 })
  await chmod(join(top, 'sub/deep/script.sh'), 0o755)
  await writeFile(join(top, 'sub/private'), 'x')
  await chmod(join(top, 'sub/private'), 0o600)
  await symlink('deep/script.sh', join(top, 'sub/link'))
  await symlink('../none', join(top, 'sub/up'))
  await symlink('nowhere', join(top, 'dangling'))
  await chmod(join(top, 'sub/deep'), 0o700)
  await mkdir(join(top, 'sealed'))
  await writeFile(join(top, 'sealed/file'), 'sealed')
  await chmod(join(top, 'sealed'), 0o555)
  for (const [index, path] of ['empty/below', 'empty', 'sub/deep', 'sub', 'nasty', 'sealed', '.'].entries()) {
    await utimes(join(top, path), 1_500_000_000 + index, 1_500_000_000 + index)
  }
}
