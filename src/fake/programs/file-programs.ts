import { posix } from 'node:path'
import { FileFailure } from '../machine/file-failure.js'
import type { Program } from '../shell/process.js'
import { momentOf } from './date.js'
import { changedMode } from './mode.js'
import { each, into } from './operands.js'
import { wordsOf } from './words.js'

const mkdir: Program = process => {
  const { has, value, operands } = wordsOf(process, 'p m=')
  const mode = value('m')
  const { files } = process
  const make = (path: string) => {
    if (has('p')) files.makeDirectories(path)
    else files.makeDirectory(path)
    const node = files.find(path)
    if (mode !== undefined) node.mode = changedMode(node, mode)
  }
  return each(process, operands, path => `cannot create directory '${path}'`, make)
}

const rmdir: Program = process => {
  const { files } = process
  const remove = (path: string) => {
    if (files.find(path, false).kind !== 'directory') throw new FileFailure('ENOTDIR')
    files.tree.remove(process.user, files.absolute(path))
  }
  return each(process, wordsOf(process, '').operands, path => `failed to remove '${path}'`, remove)
}

const rm: Program = process => {
  const { has, operands } = wordsOf(process, 'r f')
  const { files } = process
  const remove = (path: string) => {
    const node = files.peek(path, false)
    if (!node && has('f')) return
    if (node?.kind === 'directory' && !has('r')) throw new FileFailure('EISDIR')
    files.removeAll(path.replace(/(?<=.)\/+$/, ''))
  }
  return each(process, operands, path => `cannot remove '${path}'`, remove)
}

const ln: Program = process => {
  const { has, operands } = wordsOf(process, 's f n T')
  const [target = '', place = posix.basename(target)] = operands
  const { files, user } = process
  const path = into(files, target, place, { exactly: has('T'), follow: !has('n') })
  const kind = has('s') ? 'symbolic' : 'hard'
  return process.attempt(`failed to create ${kind} link '${path}'`, () => {
    if (has('f') && files.peek(path, false)) files.tree.remove(user, files.absolute(path))
    if (has('s')) files.tree.makeLink(target, files.absolute(path), user)
    else files.tree.hardLink(user, files.absolute(target), files.absolute(path))
  })
}

const mv: Program = process => {
  const { has, operands } = wordsOf(process, 'f T')
  const target = operands.at(-1) ?? ''
  const { files } = process
  const move = (written: string) => {
    const path = written.replace(/(?<=.)\/+$/, '')
    const to = into(files, path, target, { exactly: has('T') })
    files.tree.rename(process.user, files.absolute(path), files.absolute(to))
  }
  return each(process, operands.slice(0, -1), path => `cannot move '${path}' to '${target}'`, move)
}

const cp: Program = process => {
  const { has, operands } = wordsOf(process, 'a p P R T')
  const target = operands.at(-1) ?? ''
  const { files } = process
  const copy = (path: string) => {
    const to = into(files, path, target, { exactly: has('T') })
    const node = files.find(path, !has('a', 'P'))
    if (node.kind === 'directory' && !has('a', 'R')) throw new FileFailure('EISDIR')
    if (node.kind !== 'file') return files.copy(path, to, has('a', 'p'))
    files.write(to, files.read(path), node.mode)
    if (has('a', 'p')) Object.assign(files.find(to), { mode: node.mode, mtime: node.mtime })
  }
  return each(process, operands.slice(0, -1), path => `cannot copy '${path}'`, copy)
}

const touch: Program = process => {
  const { has, value, operands } = wordsOf(process, 'c m d= r=')
  const { files, machine, user } = process
  const reference = value('r')
  const mark = (path: string) => {
    const node = files.peek(path)
    if (!node && has('c')) return
    if (node && node.owner !== user.name && !files.tree.allows(user, node, 2)) throw new FileFailure('EACCES')
    const like = reference === undefined ? undefined : files.find(reference).mtime
    const touched = node ?? files.openToWrite(path)
    touched.mtime = like ?? momentOf(value('d'), machine.clock)
  }
  return each(process, operands, path => `cannot touch '${path}'`, mark)
}

const mktemp: Program = process => {
  const { has, value, operands } = wordsOf(process, 'd p=')
  const place = value('p') ?? process.variable('TMPDIR') ?? '/tmp'
  const [template = `${place}/tmp.XXXXXXXXXX`] = operands
  const random = () => String.fromCharCode(97 + (process.machine.random(1).charCodeAt(0) % 26))
  const path = template.replace(/X{3,}(?=[^X]*$)/, marks => [...marks].map(random).join(''))
  const kind = has('d') ? 'directory' : 'file'
  const code = process.attempt(`failed to create ${kind} via template '${template}'`, () => {
    const node = has('d') ? process.files.makeDirectory(path) : process.files.openToWrite(path)
    node.mode = has('d') ? 0o700 : 0o600
  })
  if (code === 0) process.out(`${path}\n`)
  return code
}

/** What makes, moves and removes files. */
export const FILE_PROGRAMS: Readonly<Record<string, Program>> = {
  mkdir,
  rmdir,
  rm,
  ln,
  mv,
  cp,
  touch,
  mktemp,
  sync: () => 0,
}
