import { posix } from 'node:path'
import type { Token } from './python-tokens.js'

/** What an expression of Python says, as far as that can be told without running it; undefined: it cannot. */
export type PythonValue =
  | string
  | number
  | boolean
  | readonly PythonValue[]
  | ReadonlyMap<string, PythonValue>
  | undefined

/** What names stand for. */
export type PythonScope = ReadonlyMap<string, PythonValue>

const DEEPEST = 40

const OPENING = '([{'
const CLOSING = ')]}'

const is = (token: Token | undefined, ...values: readonly string[]) =>
  token !== undefined && token.kind !== 'text' && values.includes(token.value)

/** Splits tokens at operators that stand in no bracket. */
export function splitAt(
  tokens: readonly Token[],
  ...operators: readonly string[]
): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (is(token, ...OPENING)) depth += 1
    if (is(token, ...CLOSING)) depth -= 1
    if (depth === 0 && is(token, ...operators)) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

/** How many tokens a bracket and all in it are; 0 if it is not closed. */
function lengthOfBracket(tokens: readonly Token[]): number {
  let depth = 0
  for (const [index, token] of tokens.entries()) {
    if (is(token, ...OPENING)) depth += 1
    if (is(token, ...CLOSING)) depth -= 1
    if (depth === 0) return index + 1
  }
  return 0
}

function joined(parts: readonly PythonValue[]): PythonValue {
  return parts.every(part => typeof part === 'string') ? posix.join(...resolvedParts(parts)) : undefined
}

/** What comes before an absolute path does not count. */
function resolvedParts(parts: readonly string[]): readonly string[] {
  const last = parts.findLastIndex(part => part.startsWith('/'))
  return parts.slice(Math.max(last, 0))
}

const SAME = new Set(['abspath', 'realpath', 'normpath', 'Path', 'PurePath', 'str', 'tuple', 'list'])

function called(name: string, values: readonly PythonValue[]): PythonValue {
  const [first] = values
  if (name === 'join') return joined(values)
  if (name === 'dirname') return typeof first === 'string' ? posix.dirname(first) : undefined
  return SAME.has(name) && values.length === 1 ? first : undefined
}

/** A method or an attribute of a path. */
function member(value: PythonValue, name: string, values: readonly PythonValue[] | undefined): PythonValue {
  if (typeof value !== 'string') return undefined
  if (name === 'parent' && !values) return posix.dirname(value)
  if (name === 'joinpath' && values) return joined([value, ...values])
  return values?.length === 0 && ['resolve', 'absolute', 'as_posix'].includes(name) ? value : undefined
}

function filled(text: string, scope: PythonScope): PythonValue {
  let isKnown = true
  const all = text.replace(/\{([^}]*)\}/g, (_, name: string) => {
    const value = scope.get(name)
    if (typeof value !== 'string') isKnown = false
    return String(value)
  })
  return isKnown ? all : undefined
}

/** Reads one expression. */
class Reading {
  constructor(
    private readonly scope: PythonScope,
    private readonly depth: number,
  ) {}

  value(tokens: readonly Token[]): PythonValue {
    if (this.depth > DEEPEST) return undefined
    const parts = splitAt(tokens, '+', '/').map(part => this.#operand(part))
    const [first] = parts
    if (parts.length === 1) return first
    if (splitAt(tokens, '/').length === parts.length) return joined(parts)
    if (splitAt(tokens, '+').length < parts.length) return undefined
    if (parts.every(part => typeof part === 'string')) return parts.join('')
    return parts.every(part => Array.isArray(part)) ? parts.flat() : undefined
  }

  #inside(tokens: readonly Token[]): readonly (readonly Token[])[] {
    return splitAt(tokens.slice(1, -1), ',').filter(part => part.some(({ kind }) => kind !== 'newline'))
  }

  #values(tokens: readonly Token[]): readonly PythonValue[] {
    const inner = new Reading(this.scope, this.depth + 1)
    return this.#inside(tokens).map(part => inner.value(part))
  }

  #operand(all: readonly Token[]): PythonValue {
    const tokens = all.filter(({ kind }) => kind !== 'newline')
    const [first] = tokens
    if (first === undefined) return undefined
    if (first.kind === 'text') return this.#text(tokens)
    if (first.kind === 'number') return tokens.length === 1 ? Number(first.value) : undefined
    if (first.kind === 'name') return this.#named(tokens)
    const length = lengthOfBracket(tokens)
    if (length === 0 || !is(first, ...OPENING)) return undefined
    return this.#members(this.#bracket(tokens.slice(0, length)), tokens.slice(length))
  }

  #text(tokens: readonly Token[]): PythonValue {
    const parts = tokens.map(({ kind, value, isFormatted }) => {
      if (kind !== 'text') return undefined
      return isFormatted ? filled(value, this.scope) : value
    })
    return parts.every(part => typeof part === 'string') ? parts.join('') : undefined
  }

  #bracket(tokens: readonly Token[]): PythonValue {
    if (is(tokens[0], '{')) {
      const inner = new Reading(this.scope, this.depth + 1)
      const pairs = this.#inside(tokens).map(part => splitAt(part, ':'))
      return new Map(
        pairs.flatMap(([key = [], value]) => {
          const name = inner.value(key)
          return typeof name === 'string' && value ? [[name, inner.value(value)] as const] : []
        }),
      )
    }
    const values = this.#values(tokens)
    const isGrouping = is(tokens[0], '(') && values.length === 1 && !is(tokens.at(-2), ',')
    return isGrouping ? values[0] : values
  }

  #named(tokens: readonly Token[]): PythonValue {
    const name = tokens[0]?.value ?? ''
    if (this.scope.has(name)) return this.#members(this.scope.get(name), tokens.slice(1))
    if (tokens.length === 1) return { True: true, False: false }[name]
    const call = tokens.findIndex(token => is(token, '('))
    const isDotted = tokens.slice(1, call).every((token, index) => is(token, '.') || index % 2 === 1)
    if (call < 1 || !isDotted) return undefined
    const rest = tokens.slice(call)
    const length = lengthOfBracket(rest)
    const value = called(tokens[call - 1]?.value ?? '', this.#values(rest.slice(0, length)))
    return length === 0 ? undefined : this.#members(value, rest.slice(length))
  }

  #members(value: PythonValue, rest: readonly Token[]): PythonValue {
    if (rest.length === 0) return value
    const [dot, name, opening] = rest
    if (!is(dot, '.') || name?.kind !== 'name') return undefined
    if (!is(opening, '(')) return this.#members(member(value, name.value, undefined), rest.slice(2))
    const length = lengthOfBracket(rest.slice(2))
    if (length === 0) return undefined
    const values = this.#values(rest.slice(2, 2 + length))
    return this.#members(member(value, name.value, values), rest.slice(2 + length))
  }
}

/** What an expression says: texts, numbers, lists, dictionaries, and paths that are put together from them. */
export function pythonValue(tokens: readonly Token[], scope: PythonScope): PythonValue {
  return new Reading(scope, 0).value(tokens)
}
