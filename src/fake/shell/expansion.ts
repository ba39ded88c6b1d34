import type {
  ArithmeticExpansionPart,
  HereDoc,
  ParameterDefaultOperation,
  ParameterRemoveOperation,
  ParsedScript,
  Word,
  WordPart,
} from 'unbash'
import { evaluate } from './arithmetic.js'
import { isPattern, matchesPattern, type PatternCharacter, trimmed } from './pattern.js'
import { commandsOf, foreign, type List } from './script.js'

const NO_WORD: Word = { type: 'Word', pos: 0, end: 0, text: '', value: '' }

/** What words are expanded with. */
export interface ExpansionScope {
  /** The value of a variable or special parameter, but for `@` and `*`. */
  valueOf(name: string): string | undefined
  readonly positional: readonly string[]
  assign(name: string, value: string): void
  /** What a command prints. */
  substitute(body: List): string
  /** The names in a directory; undefined if there is none. */
  list(directory: string): readonly string[] | undefined
  exists(path: string): boolean
  readonly expandsPatterns: boolean
  /** Ends the shell. */
  fail(message: string): never
}

/** A stretch of a word under way; one that comes out of an expansion may be split. A quoted one makes a word even if it is empty. */
interface Stretch {
  readonly text: string
  readonly quoted: boolean
  readonly splits: boolean
}

/** A word under way: its stretches, and `break` where `"$@"` begins a new word. */
type Piece = Stretch | 'break'

/** A parameter to expand, with what is done to it. */
interface Parameter {
  readonly name: string
  readonly operation: ParameterDefaultOperation | ParameterRemoveOperation | undefined
  readonly quoted: boolean
}

/** A text as it stands. */
function plain(text: string, quoted: boolean): Piece[] {
  return [{ text, quoted, splits: false }]
}

/** What comes out of an expansion. */
function expanded(text: string, quoted: boolean): Piece[] {
  return [{ text, quoted, splits: !quoted }]
}

function charactersOf(stretches: readonly Stretch[]): readonly PatternCharacter[] {
  return stretches.flatMap(({ text, quoted }) => [...text].map(character => ({ character, quoted })))
}

function joined(stretches: readonly Stretch[]): string {
  return stretches.map(({ text }) => text).join('')
}

/** Pieces that are one word whatever they are. */
function whole(pieces: readonly Piece[]): Stretch[] {
  return pieces.map(piece => (piece === 'break' ? { text: ' ', quoted: true, splits: false } : piece))
}

/** Expands the words of a shell script. */
export class Expansion {
  constructor(private readonly scope: ExpansionScope) {}

  /** A word that becomes one text: of an assignment, a redirection, a `case`. */
  text(word: Word): string {
    return joined(whole(this.#pieces(word)))
  }

  /** The text of a document within a script. */
  document({ body, delimiter }: HereDoc): string {
    if (delimiter?.quoted) return body.text
    if (!body.parts) return body.text.replace(/\\([$`\\])|\\\n/g, (_, escaped = '') => escaped)
    return joined(whole(body.parts.flatMap(part => this.#piecesOf(part, true))))
  }

  /** A word whose quoted characters mean themselves. */
  pattern(word: Word): readonly PatternCharacter[] {
    return charactersOf(whole(this.#pieces(word)))
  }

  /** Words that become as many as they are after splitting and looking for files. */
  fields(words: readonly Word[]): string[] {
    return words.flatMap(word => this.#split(this.#pieces(word)).flatMap(field => this.#glob(field)))
  }

  #pieces({ parts, text, value }: Word): Piece[] {
    if (!parts) return this.#literal(value, text, true)
    return parts.flatMap((part, index) => this.#piecesOf(part, false, index === 0))
  }

  #piecesOf(part: WordPart, quoted: boolean, isFirst = false): Piece[] {
    switch (part.type) {
      case 'Literal':
        return quoted ? plain(part.value, true) : this.#literal(part.value, part.text, isFirst)
      case 'SingleQuoted':
        return plain(part.value, true)
      case 'DoubleQuoted': {
        const [first = { type: 'Literal' as const, pos: 0, end: 0, value: '', text: '' }, ...rest] =
          part.parts
        return [first, ...rest].flatMap(each => this.#piecesOf(each, true))
      }
      case 'Glob':
        if (part.kind !== 'bracket') return plain(part.value, quoted)
        return [
          ...plain('[', quoted),
          ...part.parts.flatMap(each => this.#piecesOf(each, quoted)),
          ...plain(']', quoted),
        ]
      case 'CommandExpansion':
        return expanded(this.#printed(part.script), quoted)
      case 'ArithmeticExpansion':
        return expanded(String(this.#number(part)), quoted)
      case 'SimpleExpansion':
        return this.#parameter({ name: part.text.slice(1), operation: undefined, quoted })
      case 'ParameterExpansion': {
        const { parameter: name, prefix, index, operation } = part
        if (prefix === '!' || index) return foreign(part)
        if (prefix === '#') return expanded(String(this.#lengthOf(name)), quoted)
        if (operation && operation.type !== 'Default' && operation.type !== 'Remove') return foreign(part)
        return this.#parameter({ name, operation, quoted })
      }
      default:
        return foreign(part)
    }
  }

  /** A text as it stands; a tilde at its start is the user's home. */
  #literal(value: string, written: string, isFirst: boolean): Piece[] {
    const home = isFirst && /^~(?=\/|$)/.test(written) ? this.scope.valueOf('HOME') : undefined
    if (home === undefined) return plain(value, value !== written)
    return [...plain(home, true), ...plain(value.slice(1), value !== written)]
  }

  #printed(script: ParsedScript | undefined): string {
    if (!script) return ''
    return this.scope.substitute(commandsOf(script)).replace(/\n+$/, '').replaceAll('\0', '')
  }

  #number({ expression }: ArithmeticExpansionPart): number {
    if (!expression) return 0
    return evaluate(expression, {
      textOf: ({ value, parts }) =>
        parts ? joined(whole(this.#pieces({ ...NO_WORD, value, parts }))) : value,
      printed: script => this.#printed(script),
      variable: name => this.scope.valueOf(name) ?? '',
    })
  }

  #lengthOf(name: string): number {
    return name === '@' || name === '*'
      ? this.scope.positional.length
      : (this.scope.valueOf(name) ?? '').length
  }

  #parameter({ name, operation, quoted }: Parameter): Piece[] {
    const { scope } = this
    if (name === '@' || name === '*') return this.#all({ name, operation, quoted })
    const value = scope.valueOf(name)
    if (operation?.type === 'Remove')
      return expanded(trimmed(value ?? '', this.pattern(operation.operand), operation.operator), quoted)
    const { operator = '', operand = NO_WORD } = operation ?? {}
    const isSet = value !== undefined && !(operator.startsWith(':') && value === '')
    const action = operator.at(-1)
    if (action === '+') return isSet ? this.#operand(operand, quoted) : expanded('', quoted)
    if (isSet || action === undefined) return expanded(value ?? '', quoted)
    if (action === '-') return this.#operand(operand, quoted)
    if (action === '?') return scope.fail(`${name}: ${this.text(operand) || 'parameter not set'}`)
    const assigned = this.text(operand)
    scope.assign(name, assigned)
    return expanded(assigned, quoted)
  }

  #operand(operand: Word, quoted: boolean): Piece[] {
    const pieces = this.#pieces(operand)
    if (quoted)
      return pieces.map(piece => (piece === 'break' ? piece : { ...piece, quoted: true, splits: false }))
    return pieces.map(piece => (piece === 'break' || piece.quoted ? piece : { ...piece, splits: true }))
  }

  #all({ name, operation, quoted }: Parameter): Piece[] {
    const { positional } = this.scope
    if (operation && operation.type !== 'Default') return foreign({ type: operation.type })
    const { operator = '', operand = NO_WORD } = operation ?? {}
    if (positional.length === 0 && operator.endsWith('-')) return this.#operand(operand, quoted)
    if (operator.endsWith('+')) return positional.length > 0 ? this.#operand(operand, quoted) : []
    if (quoted && name === '*')
      return expanded(positional.join((this.scope.valueOf('IFS') ?? ' ').charAt(0)), true)
    return positional.flatMap((value, index) => [
      ...(index > 0 ? (['break'] as const) : []),
      ...expanded(value, quoted),
    ])
  }

  #split(pieces: readonly Piece[]): Stretch[][] {
    const separators = this.scope.valueOf('IFS') ?? ' \t\n'
    const fields: Stretch[][] = []
    let field: Stretch[] | undefined
    const end = () => {
      if (field) fields.push(field)
      field = undefined
    }
    for (const piece of pieces) {
      if (piece === 'break') end()
      else if (!piece.splits || separators === '') {
        if (piece.quoted || piece.text !== '') field = [...(field ?? []), piece]
      } else {
        let text = ''
        const flush = () => {
          if (text !== '') field = [...(field ?? []), { ...piece, text }]
          text = ''
        }
        for (const character of piece.text) {
          if (!separators.includes(character)) {
            text += character
            continue
          }
          flush()
          if (!' \t\n'.includes(character)) field ??= []
          end()
        }
        flush()
      }
    }
    end()
    return fields
  }

  /** The files that a word describes; the word itself if there are none. */
  #glob(field: readonly Stretch[]): string[] {
    const text = joined(field)
    const isPlain = field.every(stretch => stretch.quoted || !/[*?[]/.test(stretch.text))
    if (isPlain || !this.scope.expandsPatterns) return [text]
    const names: PatternCharacter[][] = [[]]
    for (const each of charactersOf(field)) {
      if (each.character === '/') names.push([])
      else names.at(-1)?.push(each)
    }
    let found = ['']
    names.forEach((name, index) => {
      const plain = name.map(({ character }) => character).join('')
      const between = index === 0 ? '' : '/'
      found = found.flatMap(before => {
        if (!isPattern(name)) return [`${before}${between}${plain}`]
        const directory = index === 0 ? '.' : before || '/'
        const inside = (this.scope.list(directory) ?? []).filter(
          each => (!each.startsWith('.') || plain.startsWith('.')) && matchesPattern(each, name),
        )
        return inside.toSorted().map(each => `${before}${between}${each}`)
      })
    })
    const there = found.filter(path => this.scope.exists(path))
    return there.length > 0 ? there : [text]
  }
}
