import type { Program } from '../shell/process.js'
import { grep } from './grep.js'
import { contents, linesOf } from './lines.js'
import { expandedSet } from './translation.js'
import { wordsOf } from './words.js'

const cat: Program = process => {
  const { text, code } = contents(process, wordsOf(process, '').operands)
  process.out(text)
  return code
}

/** The lines of a text, with their ends. */
const wholeLines = (text: string) => text.split(/(?<=\n)/)

const head: Program = process => {
  const { value, operands } = wordsOf(process, 'n= c=')
  const bytes = value('c')
  if (bytes !== undefined && operands.length === 0) {
    process.out(process.stdin.read(Number(bytes))) // and not more: others read on
    return 0
  }
  const { text, code } = contents(process, operands)
  const lines = () =>
    wholeLines(text)
      .slice(0, Number(value('n') ?? 10))
      .join('')
  process.out(bytes === undefined ? lines() : text.slice(0, Number(bytes)))
  return code
}

const tail: Program = process => {
  const { value, operands } = wordsOf(process, 'q n= c=')
  const { text, code } = contents(process, operands)
  const bytes = value('c')
  const wanted = bytes ?? value('n') ?? '10'
  const count = Number(wanted.replace('+', ''))
  const units = bytes === undefined ? wholeLines(text) : [...text]
  const last = count === 0 ? [] : units.slice(-count)
  process.out((wanted.startsWith('+') ? units.slice(count - 1) : last).join(''))
  return code
}

const wc: Program = process => {
  const { has, operands } = wordsOf(process, 'l c')
  const { text, code } = contents(process, operands)
  const count = has('l') ? text.split('\n').length - 1 : text.length
  process.out(`${[count, ...operands].join(' ')}\n`)
  return code
}

const sort: Program = process => {
  const { has, value, operands } = wordsOf(process, 'n r u k=')
  const { text, code } = contents(process, operands)
  const field = Number(value('k') ?? 0)
  const keyOf = (line: string) =>
    field > 0
      ? line
          .trim()
          .split(/\s+/)
          .slice(field - 1)
          .join(' ')
      : line
  const ofNumbers = (left: string, right: string) => Number.parseFloat(left) - Number.parseFloat(right)
  const ofTexts = (left: string, right: string) => Number(left > right) - Number(left < right)
  const order = (a: string, b: string) =>
    (has('n') ? ofNumbers(keyOf(a), keyOf(b)) : ofTexts(keyOf(a), keyOf(b))) || ofTexts(a, b)
  const lines = linesOf(text).sort(order)
  if (has('r')) lines.reverse()
  const wanted = has('u') ? [...new Set(lines)] : lines
  process.out(wanted.map(line => `${line}\n`).join(''))
  return code
}

const cut: Program = process => {
  const { has, value, operands } = wordsOf(process, 'd= f= c=')
  const { text, code } = contents(process, operands)
  const delimiter = has('f') ? (value('d') ?? '\t') : ''
  const isWanted = (number: number) =>
    (value('f', 'c') ?? '').split(',').some(range => {
      const [from = '', to = from] = range.split('-')
      return number >= Number(from || 1) && number <= (to === '' ? Number.POSITIVE_INFINITY : Number(to))
    })
  for (const line of linesOf(text)) {
    const parts = line.split(delimiter)
    const wanted = has('f') && parts.length === 1 ? parts : parts.filter((_, index) => isWanted(index + 1))
    process.out(`${wanted.join(delimiter)}\n`)
  }
  return code
}

const tr: Program = process => {
  const { has, operands } = wordsOf(process, 'c d')
  const [first = '', second = ''] = operands.map(expandedSet)
  const isIn = (character: string) => first.includes(character) !== has('c')
  const replaced = (character: string) => {
    const index = has('c') ? second.length - 1 : Math.min(first.indexOf(character), second.length - 1)
    return second.charAt(index)
  }
  const translated = (character: string) => (has('d') ? '' : replaced(character))
  const characters = [...process.stdin.read()]
  process.out(characters.map(character => (isIn(character) ? translated(character) : character)).join(''))
  return 0
}

const comm: Program = process => {
  const { has, operands } = wordsOf(process, '1 2 3')
  const [left = [], right = []] = operands.map(path => linesOf(process.content(path) ?? ''))
  for (const line of [...new Set([...left, ...right])].sort()) {
    const column = left.includes(line) ? (right.includes(line) ? '3' : '1') : '2'
    if (!has(column)) process.out(`${line}\n`)
  }
  return 0
}

const cmp: Program = process => {
  const { has, operands } = wordsOf(process, 's')
  const isSilent = (path: string) => has('s') && path !== '-' && path !== '/dev/stdin'
  const [left, right] = operands.map(path =>
    isSilent(path) ? process.files.tryRead(path) : process.content(path),
  )
  if (left === undefined || right === undefined) return 2
  return left === right ? 0 : 1
}

/** What reads and prints text. */
export const TEXT_PROGRAMS: Readonly<Record<string, Program>> = {
  cat,
  head,
  tail,
  wc,
  grep,
  sort,
  cut,
  tr,
  comm,
  cmp,
}
