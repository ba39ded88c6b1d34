import type { CommandError } from '../errors/command-error.js'
import type { Command } from './command.js'
import type { CommandResult } from './result.js'

/**
 * Several commands that go to a host in one round trip, and how to read their results.
 *
 * They run in order, each in a shell of its own; the first that fails ends the script.
 */
export interface Script<T> {
  /** What is run, in order. */
  readonly commands: readonly Command[]
  /** Makes the value out of one result for each command. */
  readonly read: (results: readonly CommandResult[]) => T
  /** Makes an error with a better account of what the failure of the command at `index` means here. */
  readonly explain?: (failure: CommandError, index: number) => Error
}

/** Makes a script; `read` gets one result for each command, in order. */
export function script<const Commands extends readonly Command[], T>(
  commands: Commands,
  read: (results: { readonly [Index in keyof Commands]: CommandResult }) => T,
  explain?: (failure: CommandError, index: number) => Error,
): Script<T> {
  return {
    commands,
    read: results => read(results as { readonly [Index in keyof Commands]: CommandResult }),
    ...(explain && { explain }),
  }
}

/** The same script with its result read on. */
export function mapped<T, U>(original: Script<T>, read: (value: T) => U): Script<U> {
  return { ...original, read: results => read(original.read(results)) }
}

/** Joins scripts to one: one round trip, and the results of each in order. */
export function together<const Values extends readonly unknown[]>(
  ...scripts: { readonly [Index in keyof Values]: Script<Values[Index]> }
): Script<Values> {
  const parts: readonly Script<unknown>[] = scripts
  return {
    commands: parts.flatMap(part => part.commands),
    read: results => {
      let start = 0
      return parts.map(part => {
        const end = start + part.commands.length
        const value = part.read(results.slice(start, end))
        start = end
        return value
      }) as unknown as Values
    },
    explain: (failure, index) => {
      let start = 0
      for (const part of parts) {
        if (index < start + part.commands.length) return part.explain?.(failure, index - start) ?? failure
        start += part.commands.length
      }
      return failure
    },
  }
}
