import type { CommandResult } from '../../command/result.js'
import { script } from '../../command/script.js'
import { OptionError } from '../../errors/option-error.js'
import { checkProduction, type LiveOptions, onLive, type ProductionOptions } from './live.js'

/** Commands that empty databases, or make others. */
const DESTRUCTIVE = ['flush', 'reset_db', 'test', 'testserver']

/**
 * Runs a command of the application that is live, on the primary host: `manage.py` with these words, from its directory,
 * with its virtualenv. What it prints comes as it is printed, by `onOutput`.
 *
 * @param words - the command and its arguments, each of them one word
 * @throws {@link OptionError} for `test`, `flush` and the like on production, unless allowed apart
 * @throws {@link CommandError} when it fails
 * @throws {@link ReleaseError} when nothing is live
 *
 * @example
 * ```ts
 * await manage(options, 'clearsessions')
 * await manage({ ...options, onOutput: text => process.stdout.write(text) }, 'test', '--noinput', 'visits')
 * ```
 */
export function manage(
  options: LiveOptions & ProductionOptions,
  ...words: readonly [string, ...string[]]
): Promise<CommandResult> {
  const { application } = options
  const [command] = words
  if (!application?.manage) throw new OptionError('application', 'there is none that has commands')
  if (DESTRUCTIVE.includes(command)) checkProduction(options, `manage.py ${command}`)
  return onLive(options, `run manage.py ${command}`, ({ place }) =>
    script(
      [application.manage?.(place, ...words)].filter(each => each !== undefined),
      ([result]) => result as CommandResult,
    ),
  )
}
