import type { Shell } from './shell.js'

const BLANKS = ' \t\n'

/** `read`: takes a line from the input, and cuts it up for variables, the last of which gets the rest. */
export function read(shell: Shell, args: readonly string[]): number {
  const isRaw = args.includes('-r')
  const names = args.filter(word => word !== '-r')
  const line = lineOf(shell, isRaw)
  const separators = shell.variables.get('IFS') ?? BLANKS
  const isBlank = (character: string) => separators.includes(character) && BLANKS.includes(character)
  let rest = [...line.replace(/\n$/, '')]
  const trim = () => {
    const start = rest.findIndex(character => !isBlank(character))
    rest = start < 0 ? [] : rest.slice(start)
  }
  trim()
  for (const name of names.slice(0, -1)) {
    const end = rest.findIndex(character => separators.includes(character))
    shell.variables.set(name, (end < 0 ? rest : rest.slice(0, end)).join(''))
    rest = end < 0 ? [] : rest.slice(end + 1)
    trim()
  }
  const last = rest.findLastIndex(character => !isBlank(character))
  shell.variables.set(names.at(-1) ?? 'REPLY', rest.slice(0, last + 1).join(''))
  return line.endsWith('\n') ? 0 : 1
}

/** A line of the input, with what a backslash at its end makes a part of it; `raw` leaves backslashes alone. */
function lineOf(shell: Shell, isRaw: boolean): string {
  const source = shell.descriptors.get(0)?.source
  let line = source?.readLine() ?? ''
  if (isRaw) return line
  while (/(?<!\\)(\\\\)*\\\n$/.test(line)) line = line.slice(0, -2) + (source?.readLine() ?? '')
  return line.replace(/\\(.)/g, '$1')
}
