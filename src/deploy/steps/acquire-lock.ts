import { mapped, script, together } from '../../command/script.js'
import { lookAtHome, makeHome } from '../../release/home.js'
import { ownerNow, acquireLock as take } from '../../release/lock.js'
import type { Step } from '../step.js'

/** Takes the lock, then reads what is there: what it says stays true, since nobody else may change it. */
export const acquireLock: Step = {
  name: 'acquire-lock',
  title: 'take the lock',
  phase: 'beside',
  learns: ['home', 'target'],
  script: ({ layout, action }) =>
    mapped(
      together(
        script([makeHome(layout)], () => undefined),
        take(layout, ownerNow(action)),
        lookAtHome(layout),
      ),
      ([, , home]) => ({
        changed: true,
        note: home.live ? `live is ${home.live}` : 'nothing is live yet',
        learned: { home },
        ...(home.leftOver && {
          warnings: [`${home.leftOver} was left unfinished by a deploy that died; it is put aside`],
        }),
      }),
    ),
}
