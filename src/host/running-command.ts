import type { CommandResult } from '../command/result.js'
import { OptionError } from '../errors/option-error.js'
import type { OutputListener } from './connection.js'
import { Lines } from './lines.js'

/**
 * A command under way: a promise of its result, and the lines that it prints on its standard output while it
 * runs, for `for await`. A slow reader holds the command back; one that leaves early does not end it.
 */
export interface RunningCommand extends Promise<CommandResult>, AsyncIterable<string> {}

/** Starts a command, whose lines can be asked for until it prints the first. */
export function running(
  start: (options: { readonly onOutput: OutputListener }) => Promise<CommandResult>,
): RunningCommand {
  let lines: Lines | undefined
  let begun = false
  const onOutput: OutputListener = (stream, chunk) => {
    begun = true
    return stream === 'stdout' ? lines?.push(chunk) : undefined
  }
  const result = start({ onOutput })
  return Object.assign(result, {
    [Symbol.asyncIterator]: () => {
      if (begun) throw new OptionError('command', 'its lines must be asked for before it prints the first')
      const reading = new Lines()
      lines = reading
      result.then(
        () => reading.end(),
        error => reading.end(error),
      )
      return reading
    },
  })
}
