import type { Program } from '../shell/process.js'
import { contents, linesOf } from './lines.js'
import { type Address, type Instruction, parseSed, type Substitution } from './sed-program.js'
import { wordsOf } from './words.js'

/** Edits lines. */
export const sed: Program = process => {
  const { has, all, operands } = wordsOf(process, 'E i n e= f=')
  const isGiven = has('e', 'f')
  const files = isGiven ? operands : operands.slice(1)
  const programs = [
    ...(isGiven ? all('e') : operands.slice(0, 1)),
    ...all('f').map(path => process.content(path) ?? ''),
  ]
  const instructions = programs.flatMap(text => parseSed(text, has('E')))
  const { text, code } = contents(process, files)
  const edited = edit(instructions, text, has('n'))
  const [file] = files
  if (has('i') && file !== undefined) process.files.write(file, edited)
  else process.out(edited)
  return code
}

function edit(instructions: readonly Instruction[], text: string, isQuiet: boolean): string {
  const lines = linesOf(text)
  const inside = new Set<Instruction>()
  let printed = ''
  for (const [index, original] of lines.entries()) {
    const isLast = index === lines.length - 1
    const end = !isLast || text.endsWith('\n') ? '\n' : ''
    let line = original
    let isDeleted = false
    for (const instruction of instructions) {
      const { action } = instruction
      if (isDeleted || !selected(instruction, inside, address => address(line, index + 1, isLast))) continue
      if (action === 'delete') isDeleted = true
      else if (action === 'print') printed += line + end
      else {
        const isFound = action.expression.test(line)
        action.expression.lastIndex = 0
        line = substituted(line, action)
        if (isFound && action.prints) printed += line + end
      }
    }
    if (!isDeleted && !isQuiet) printed += line + end
  }
  return printed
}

function substituted(line: string, { expression, replacement }: Substitution): string {
  return line.replace(expression, (...found: readonly unknown[]) =>
    replacement.replace(/\\(\d)|\\([\s\S])|&/g, (_, digit?: string, letter?: string) => {
      if (letter !== undefined) return letter
      const group = found[Number(digit ?? 0)]
      return typeof group === 'string' ? group : ''
    }),
  )
}

function selected(
  instruction: Instruction,
  inside: Set<Instruction>,
  is: (address: Address) => boolean,
): boolean {
  const { from, to } = instruction
  if (!from) return true
  if (!to) return is(from)
  if (inside.has(instruction)) {
    if (is(to)) inside.delete(instruction)
    return true
  }
  if (!is(from)) return false
  inside.add(instruction)
  return true
}
