import { posix } from 'node:path'
import { type FileTreeNode, kibibytesOf, sizeOf } from '../machine/file-node.js'
import { matchesPattern, unquoted } from '../shell/pattern.js'
import { unescaped } from '../shell/printf.js'
import type { Process } from '../shell/process.js'
import { unexpected } from '../unexpected.js'

const DAY_MS = 86_400_000

const LETTERS: Readonly<Record<FileTreeNode['kind'], string>> = {
  file: 'f',
  directory: 'd',
  link: 'l',
  device: 'c',
  socket: 's',
}

/** A file that is looked at, with where the search began. */
export interface Visit {
  readonly path: string
  readonly start: string
  readonly node: FileTreeNode
  /** True: nothing below it is looked at. */
  prune: boolean
}

type Test = (visit: Visit) => boolean

/** What `find` is told to look for, and to do; actions are done on the way. */
export class FindExpression {
  readonly test: Test
  hasAction = false
  quit = false
  minDepth = 0
  maxDepth = Number.POSITIVE_INFINITY
  /** Programs that are run when all is found, with their paths. */
  readonly pending: { readonly words: readonly string[]; readonly paths: string[] }[] = []
  #at = 0

  constructor(
    private readonly process: Process,
    private readonly words: readonly string[],
  ) {
    this.test = this.#or()
  }

  #or(): Test {
    let left = this.#and()
    while (this.words[this.#at] === '-o') {
      this.#at += 1
      const [first, second] = [left, this.#and()]
      left = visit => first(visit) || second(visit)
    }
    return left
  }

  #and(): Test {
    let left: Test = () => true
    while (this.#at < this.words.length && !['-o', ')'].includes(this.words[this.#at] ?? '')) {
      const [first, second] = [left, this.#primary(this.#take())]
      left = visit => first(visit) && second(visit)
    }
    return left
  }

  #take(): string {
    this.#at += 1
    return this.words[this.#at - 1] ?? ''
  }

  #primary(word: string): Test {
    if (word === '!') {
      const test = this.#primary(this.#take())
      return visit => !test(visit)
    }
    if (word === '(') {
      const test = this.#or()
      this.#at += 1
      return test
    }
    return this.#look(word) ?? this.#option(word) ?? this.#action(word)
  }

  /** A test of one file. */
  #look(word: string): Test | undefined {
    switch (word) {
      case '-name':
        return this.#matching(({ path }) => posix.basename(path))
      case '-path':
        return this.#matching(({ path }) => path)
      case '-lname':
        return this.#matching(({ node }) => (node.kind === 'link' ? node.target : ''))
      case '-type': {
        const letter = this.#take()
        return ({ node }) => LETTERS[node.kind] === letter
      }
      case '-mtime': {
        const [, days] = /^\+(\d+)$/.exec(this.#take()) ?? []
        if (days === undefined) throw this.#unknown('-mtime but with +')
        const { clock } = this.process.machine
        return ({ node }) => Math.floor((clock.milliseconds - node.mtime) / DAY_MS) > Number(days)
      }
      case '-size': {
        const [, kibibytes] = /^-(\d+)k$/.exec(this.#take()) ?? []
        if (kibibytes === undefined) throw this.#unknown('-size but with -, and k')
        return ({ node }) => Math.ceil(sizeOf(node) / 1024) < Number(kibibytes)
      }
      default:
        return undefined
    }
  }

  #matching(textOf: (visit: Visit) => string): Test {
    const pattern = unquoted(this.#take())
    return visit => matchesPattern(textOf(visit), pattern)
  }

  #option(word: string): Test | undefined {
    if (word === '-mindepth') this.minDepth = Number(this.#take())
    else if (word === '-maxdepth') this.maxDepth = Number(this.#take())
    else if (word !== '-xdev') return undefined
    return () => true
  }

  #action(word: string): Test {
    if (word === '-prune') {
      return visit => {
        visit.prune = true
        return true
      }
    }
    this.hasAction = true
    switch (word) {
      case '-print':
        return this.#saying(({ path }) => `${path}\n`)
      case '-print0':
        return this.#saying(({ path }) => `${path}\0`)
      case '-printf': {
        const format = this.#take()
        return this.#saying(visit => described(format, visit))
      }
      case '-delete':
        return ({ path }) =>
          this.process.attempt(`cannot delete '${path}'`, () => this.process.files.removeAll(path)) === 0
      case '-quit':
        return () => {
          this.quit = true
          return true
        }
      case '-exec':
        return this.#running()
      default:
        throw this.#unknown(word)
    }
  }

  #unknown(word: string): Error {
    return unexpected(`run ${this.process.line}`, `find in memory does not know ${word}`)
  }

  #saying(textOf: (visit: Visit) => string): Test {
    return visit => {
      this.process.out(textOf(visit))
      return true
    }
  }

  #running(): Test {
    const words: string[] = []
    for (let next = this.#take(); next !== ';' && next !== '+'; next = this.#take()) words.push(next)
    if (this.words[this.#at - 1] === ';')
      return ({ path }) => this.process.spawn(words.map(each => each.replaceAll('{}', path))) === 0
    const paths: string[] = []
    this.pending.push({ words, paths })
    return ({ path }) => paths.push(path) > 0
  }
}

function described(format: string, { path, start, node }: Visit): string {
  const letters: Readonly<Record<string, string>> = {
    p: path,
    P: path === start ? '' : path.slice(start.replace(/\/$/, '').length + 1),
    l: node.kind === 'link' ? node.target : '',
    k: String(kibibytesOf(node)),
    s: String(sizeOf(node)),
    m: node.mode.toString(8),
    u: node.owner,
    g: node.group,
    y: LETTERS[node.kind],
    'T@': (node.mtime / 1000).toFixed(10),
  }
  return unescaped(format).replace(/%(T@|.)/g, (written, letter: string) => {
    const text = letters[letter]
    if (text === undefined)
      throw unexpected(`print ${written} by find`, 'a server in memory does not know it')
    return text
  })
}
