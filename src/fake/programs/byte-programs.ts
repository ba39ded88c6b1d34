import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Program } from '../shell/process.js'
import { contents } from './lines.js'
import { wordsOf } from './words.js'

const sha256sum: Program = process => {
  const { has, operands } = wordsOf(process, 'z')
  let code = 0
  for (const path of operands.length > 0 ? operands : ['-']) {
    const text = process.content(path)
    const digest = createHash('sha256')
      .update(text ?? '', 'latin1')
      .digest('hex')
    if (text === undefined) code = 1
    else process.out(`${digest}  ${path}${has('z') ? '\0' : '\n'}`)
  }
  return code
}

const base64: Program = process => {
  const { has, operands } = wordsOf(process, 'd')
  const { text, code } = contents(process, operands)
  process.out(
    has('d')
      ? Buffer.from(text, 'base64').toString('latin1')
      : `${Buffer.from(text, 'latin1').toString('base64')}\n`,
  )
  return code
}

const gzip: Program = process => {
  const { has, operands } = wordsOf(process, 'c d f t')
  const { text, code } = contents(process, operands)
  const bytes = Buffer.from(text, 'latin1')
  if (!has('d', 't')) {
    process.out(gzipSync(bytes).toString('latin1'))
    return code
  }
  const isPlain = has('f') && !text.startsWith('\x1f\x8b')
  try {
    const plain = isPlain ? text : gunzipSync(bytes).toString('latin1')
    if (!has('t')) process.out(plain)
    return code
  } catch {
    return process.fail('unexpected end of file')
  }
}

/** What turns bytes into others. */
export const BYTE_PROGRAMS: Readonly<Record<string, Program>> = { sha256sum, base64, gzip }
