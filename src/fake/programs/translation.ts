import { bracketClasses } from '../shell/pattern.js'
import { unescaped } from '../shell/printf.js'

const BYTES = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))

/** The characters that `tr` is told: `a-z`, `[:space:]`, `\n`. */
export function expandedSet(text: string): string {
  const withClasses = text.replace(/\[:\w+:\]/g, name => {
    const expression = new RegExp(`[${bracketClasses(name)}]`)
    return BYTES.filter(byte => expression.test(byte)).join('')
  })
  return unescaped(withClasses).replace(/([\s\S])-([\s\S])/g, (_, from: string, to: string) =>
    BYTES.slice(from.charCodeAt(0), to.charCodeAt(0) + 1).join(''),
  )
}
