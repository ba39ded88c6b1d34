import type { Process } from '../shell/process.js'

/** The lines of a text, without their ends. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** The content of all files, or of the input if none is named; a file that cannot be read makes the exit code 1. */
export function contents(
  process: Process,
  paths: readonly string[],
): { readonly text: string; readonly code: number } {
  const read = (paths.length > 0 ? paths : ['-']).map(path => process.content(path))
  return { text: read.join(''), code: read.includes(undefined) ? 1 : 0 }
}
