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

/** A line under way. */
interface Line {
  text: string
  isDeleted: boolean
  readonly end: string
  readonly is: (address: Address) => boolean
}

function edit(instructions: readonly Instruction[], text: string, isQuiet: boolean): string {
  const lines = linesOf(text)
  const inside = new Set<Instruction>()
  return lines
    .map((original, index) => {
      const isLast = index === lines.length - 1
      const line: Line = {
        text: original,
        isDeleted: false,
        end: !isLast || text.endsWith('\n') ? '\n' : '',
        is: address => address(line.text, index + 1, isLast),
      }
      const printed = applied(instructions, line, inside)
      return line.isDeleted || isQuiet ? printed : printed + line.text + line.end
    })
    .join('')
}

/** Changes a line, and tells what was printed besides. */
function applied(instructions: readonly Instruction[], line: Line, inside: Set<Instruction>): string {
  let printed = ''
  for (const instruction of instructions) {
    const { action } = instruction
    if (line.isDeleted || !selected(instruction, inside, line.is)) continue
    if (action === 'delete') line.isDeleted = true
    else if (action === 'print') printed += line.text + line.end
    else if ('expression' in action) {
      const isFound = action.expression.test(line.text)
      action.expression.lastIndex = 0
      line.text = substituted(line.text, action)
      if (isFound && action.prints) printed += line.text + line.end
    } else printed += applied(action, line, inside)
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
