import { OptionError } from '../errors/option-error.js'
import type { Host } from '../host/host.js'
import type { Application } from './application.js'

/** An environment that nobody has named. */
const USUAL = 'dev'

/**
 * The environment whose settings are in force: the one that is wanted, else the one in force (`local_settings.py` points at it),
 * else `dev`.
 *
 * @throws {@link OptionError} when the project has no settings for it; it names those there are
 */
export async function chosenEnvironment(
  host: Host,
  application: Pick<Application, 'title' | 'settings'> | undefined,
  wanted: string | undefined,
): Promise<string> {
  const settings = application?.settings
  if (!settings) return wanted ?? USUAL
  const [asked] = await host.runAll([settings.environments('.')])
  const [inForce = '', ...known] = asked?.lines ?? []
  const chosen = wanted ?? (inForce || USUAL)
  if (known.includes(chosen) || (known.length === 0 && settings.isOptional)) return chosen
  throw new OptionError(
    'environment',
    `${application?.title} has no settings for "${chosen}", only for ${known.join(', ') || 'none'}`,
    `add ${settings.fileOf(chosen)}, or name another one.`,
  )
}
