import { ask, type Command } from '../command/command.js'

/** Prints the lines of its input whose path, from a column on, is not of those that deploys make, nor bytecode. */
const OTHERS = `
BEGIN { for (i = 2; i < ARGC; i++) own[ARGV[i]]; column = ARGV[1]; ARGC = 1 }
{
  path = substr($0, column)
  if (path ~ /(^|\\/)__pycache__\\/?$|\\.py[co]$/) next
  for (each in own) if (path == each || index(path, each "/") == 1 || index(each, path "/") == 1) next
  print
}`

/**
 * Reads what a version control system says of changed files, and leaves out what deploys make.
 *
 * @param column - where the path begins in a line, from 1 on
 * @param ours - paths of deploys; a directory that has one of them in it is left out as well
 */
export function withoutOurs(column: number, ours: readonly string[]): Command {
  return ask`awk ${OTHERS} ${column} ${ours}`
}
