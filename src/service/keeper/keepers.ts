import { OptionError } from '../../errors/option-error.js'
import type { Keeper, ProcessKeeper } from './keeper.js'
import { supervisor } from './supervisor.js'
import { systemd } from './systemd.js'
import { systemdUser } from './systemd-user.js'

const KEEPERS: Readonly<Record<ProcessKeeper, Keeper>> = { systemd, user: systemdUser, supervisor }

/** @throws {@link OptionError} for one that we do not know */
export function keeperOf(manager: ProcessKeeper = 'systemd'): Keeper {
  if (Object.hasOwn(KEEPERS, manager)) return KEEPERS[manager]
  throw new OptionError(
    'processes',
    `"${manager}" keeps no processes`,
    `it is one of ${Object.keys(KEEPERS).join(', ')}.`,
  )
}
