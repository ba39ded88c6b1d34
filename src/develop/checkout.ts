import type { Django } from '../application/django.js'
import { OptionError } from '../errors/option-error.js'
import type { Host } from '../host/host.js'

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
  application: Django | undefined,
  wanted: string | undefined,
): Promise<string> {
  if (!application) return wanted ?? USUAL
  const [asked] = await host.runAll([application.settings.environments('.')])
  const [inForce = '', ...known] = asked?.lines ?? []
  const chosen = wanted ?? (inForce || USUAL)
  if (known.includes(chosen) || (known.length === 0 && application.settings.isOptional)) return chosen
  throw new OptionError(
    'environment',
    `${application.path} has no settings for "${chosen}", only for ${known.join(', ') || 'none'}`,
    `add ${application.settings.fileOf(chosen)}, or name another one.`,
  )
}
