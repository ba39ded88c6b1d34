import { mapped, together } from '../../command/script.js'
import { LockError } from '../../errors/lock-error.js'
import { lockDetailsAreSound, lookAtLock } from '../../release/lock.js'
import type { Examination, Found } from './examination.js'

const DAMAGED: Found = {
  code: 'LOCK_DETAILS_DAMAGED',
  severity: 'note',
  message:
    'the file beside the lock that tells people who holds it, or has forbidden deploys, cannot be read',
  remedy: undefined, // the lock is the kernel's; the next deploy writes it anew
}

/** Looks who deploys just now, or has forbidden it. */
export const lock: Examination = ({ host, layout }) =>
  mapped(together(lookAtLock(layout), lockDetailsAreSound(layout)), ([{ held, closed }, isSound]) => {
    const errors = [
      ...(held ? [new LockError('LOCKED', host.name, held)] : []),
      ...(closed ? [new LockError('CLOSED', host.name, closed)] : []),
    ]
    const found = errors.map(({ code, shortMessage: message, remedy }) => ({
      ...{ code, message, remedy },
      severity: 'error' as const,
    }))
    return isSound ? found : [...found, DAMAGED]
  })
