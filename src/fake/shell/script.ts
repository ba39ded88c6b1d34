import { type ParsedScript, parse, type Statement, type SyntaxNode } from 'unbash'
import { unexpected } from '../unexpected.js'

/** Commands one after the other. */
export type List = readonly Statement[]

/** A text that is no shell script. */
export class SyntaxFailure extends Error {}

/** Reads a script of the POSIX shell. @throws {@link SyntaxFailure} */
export function parsed(text: string): List {
  return commandsOf(parse(text))
}

/** The commands of a script. @throws {@link SyntaxFailure} */
export function commandsOf({ commands, errors = [] }: ParsedScript): List {
  const [error] = errors
  if (error) throw new SyntaxFailure(error.message)
  return commands
}

/** Ends the test: a script has something that Bash has, and this shell has not. */
export function foreign({ type, ...node }: Pick<SyntaxNode, 'type'> & { readonly text?: string }): never {
  throw unexpected(
    `understand ${JSON.stringify(node.text ?? type)} in a script`,
    'a server in memory has a small POSIX shell',
    'write it as any /bin/sh has it; nothing runs in the background.',
  )
}
