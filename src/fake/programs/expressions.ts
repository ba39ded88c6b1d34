import { bracketClasses } from '../shell/pattern.js'

/** What brackets hold, up to the one that ends them, as JavaScript has it. */
function bracket(text: string, start: number): { readonly source: string; readonly end: number } {
  let end = start + 1
  if (text[end] === '^') end += 1
  if (text[end] === ']') end += 1
  while (end < text.length && text[end] !== ']')
    end = text.startsWith('[:', end) ? text.indexOf(':]', end) + 2 : end + 1
  const inner = bracketClasses(text.slice(start + 1, end).replace(/\\/g, '\\\\'))
  const negated = inner.startsWith('^')
  const rest = (negated ? inner.slice(1) : inner).replace(/^\]/, '\\]').replace(/\[/g, '\\[')
  return { source: `[${negated ? '^' : ''}${rest}]`, end }
}

function translated(text: string, plain: string, special: (escaped: string) => string | undefined): string {
  let source = ''
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === '[') {
      const found = bracket(text, at)
      source += found.source
      at = found.end
    } else if (character === '\\') {
      const next = text.charAt(at + 1)
      source += special(next) ?? `\\${next}`
      at += 1
    } else if (
      plain.includes(character) ||
      (character === '*' && (source === '' || /(\(|\||^\^)$/.test(source)))
    ) {
      source += `\\${character}`
    } else if (character === '^' && source !== '' && !/[(|]$/.test(source) && plain !== '') source += '\\^'
    else if (character === '$' && at < text.length - 1 && plain !== '' && !/^\\[)|]/.test(text.slice(at + 1)))
      source += '\\$'
    else source += character
  }
  return source
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\\n',
  t: '\\t',
  '/': '/',
  '"': '"',
  "'": "'",
  '<': '\\b',
  '>': '\\b',
}

/** A basic regular expression of POSIX, as `grep` and `sed` have it, in JavaScript's form. */
export function basicExpression(text: string): string {
  return translated(text, '+?(){}|', next => ('(){}|+?'.includes(next) ? next : (ESCAPES[next] ?? undefined)))
}

/** An extended one, as `grep -E` and `awk` have it. */
export function extendedExpression(text: string): string {
  return translated(text, '', next => ESCAPES[next])
}
