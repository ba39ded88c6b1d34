import { unexpected } from '../unexpected.js'

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
}

/** A text whose backslashes mean something. */
export function unescaped(text: string): string {
  return text.replace(
    /\\(?:([0-7]{1,3})|x([\da-fA-F]{1,2})|([\s\S]))/g,
    (all, octal?: string, hex?: string, letter?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255)
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      return ESCAPES[letter ?? ''] ?? all
    },
  )
}

const DIRECTIVE = /%(%|([-0]*)(\d*)(?:\.(\d+))?([a-zA-Z]))/g

/** What `printf` prints; the format is used again as long as there are words. */
export function formatted(format: string, words: readonly string[], plain = unescaped(format)): string {
  const rest = [...words]
  let text = ''
  do {
    text += plain.replace(
      DIRECTIVE,
      (_, all: string, flags = '', width = '', precision?: string, kind = '') => {
        if (all === '%') return '%'
        const value = directive(
          kind,
          rest.shift() ?? '',
          precision === undefined ? undefined : Number(precision),
        )
        if (flags.includes('-')) return value.padEnd(Number(width))
        return value.padStart(Number(width), flags.includes('0') ? '0' : ' ')
      },
    )
  } while (rest.length > 0 && /%[^%]/.test(plain))
  return text
}

function directive(kind: string, word: string, precision: number | undefined): string {
  switch (kind) {
    case 's':
      return word.slice(0, precision)
    case 'b':
      return unescaped(word.replace(/\\0([0-7]{0,3})/g, '\\$1'))
    case 'd':
      return String(Math.trunc(numberOf(word)))
    case 'x':
      return Math.trunc(numberOf(word)).toString(16)
    case 'X':
      return Math.trunc(numberOf(word)).toString(16).toUpperCase()
    default:
      throw unexpected(`print %${kind} by printf`, 'a server in memory does not know it')
  }
}

function numberOf(word: string): number {
  if (/^['"]/.test(word)) return word.charCodeAt(1)
  return /^0\d+$/.test(word) ? Number.parseInt(word, 8) : Number(word) || 0
}
