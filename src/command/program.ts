import { ask, type Command } from './command.js'

/** A program that something needs on a server. */
export interface Program {
  /** What it is called; of several any one will do. Paths are relative to the user's home. */
  readonly names: readonly [string, ...string[]]
  /** What of it is needed, for people: `git 2.15 or newer`. @defaultValue its first name */
  readonly title?: string
  /** Debian's package that has it. */
  readonly package: string
  /** Shell text that succeeds if what is there will do, and else says what it is. @defaultValue that it is there will do */
  readonly proof?: Command
  /** When it is needed, if that is not for certain: `if the release has a composer.json`. @defaultValue always */
  readonly onlyIf?: string
}

/** A program that is not there, or will not do. */
export interface MissingProgram {
  readonly program: Program
  /** What is there in its place; undefined if nothing is. */
  readonly found: string | undefined
}

/** What a program is called, for people. */
export function programTitle({ names, title = names[0] }: Program): string {
  return title
}

/**
 * Prints a line for each program that is missing: its place in the list, and what there is in its stead; with
 * {@link readMissing}.
 *
 * @param proving - shell text that succeeds if those that are there are to prove that they will do, which takes time
 */
export function missingPrograms(programs: readonly Program[], proving: Command): Command {
  const looks = programs.map(({ names, proof }, index) => {
    const fit = proof && ask`[ -z "$proving" ] || said=$( (${proof}) 2>&1 ) || tells ${index}`
    return ask`if any ${names}; then ${fit ?? ask`:`}; else echo ${index}; fi`
  })
  return looks.reduce(
    (before, look) => ask`${before}
    ${look}`,
    ask`cd 2>/dev/null; PATH=$PATH:/usr/sbin:/sbin; proving=; ! ${proving} || proving=yes
    any() { for each; do ! command -v "$each" >/dev/null 2>&1 || return 0; done; return 1; }
    tells() { echo "$1 $(printf %s "$said" | tr '\n' ';')"; }`,
  )
}

/** What {@link missingPrograms} has printed of a list of programs. */
export function readMissing(
  programs: readonly Program[],
  lines: readonly string[],
): readonly MissingProgram[] {
  return lines.flatMap(line => {
    const [, index, found] = /^(\d+)(?: (.*))?$/.exec(line) ?? []
    const program = programs[Number(index)]
    return program ? [{ program, found }] : []
  })
}
