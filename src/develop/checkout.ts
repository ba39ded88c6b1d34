import { posix } from 'node:path'
import type { ApplicationPlace } from '../application/application.js'
import type { Django } from '../application/django.js'
import { OptionError } from '../errors/option-error.js'
import type { Host } from '../host/host.js'
import type { Virtualenv } from '../virtualenv/virtualenv.js'

/** An environment that nobody has named. */
const USUAL = 'dev'

const LOCAL = 'local_settings.py'

/**
 * The environment whose settings are in force: the one that is wanted, else the one that `local_settings.py` points at,
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
  const { lines } = await host.within(application.path).ask`
    readlink ${LOCAL} || echo
    for each in ${LOCAL}.*; do [ ! -e "$each" ] || printf '%s\n' "\${each#local_settings.py.}"; done`
  const [link = '', ...known] = lines
  const chosen = wanted ?? (link.startsWith(`${LOCAL}.`) ? link.slice(LOCAL.length + 1) : USUAL)
  if (known.includes(chosen)) return chosen
  throw new OptionError(
    'environment',
    `${application.path} has no settings for "${chosen}", only for ${known.join(', ') || 'none'}`,
    `add ${LOCAL}.${chosen}, or name another one.`,
  )
}

/** A checkout as the place of an application: nothing is shared, the virtualenv is in it. */
export function checkoutPlace(
  directory: string,
  environment: string,
  virtualenv: Virtualenv | undefined,
): ApplicationPlace {
  const python = virtualenv && posix.join(directory, virtualenv.path, 'bin/python')
  return { release: directory, live: directory, shared: directory, environment, python }
}
