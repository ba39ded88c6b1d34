import { ask } from '../../command/command.js'
import { mapped, script, together } from '../../command/script.js'
import { LockError } from '../../errors/lock-error.js'
import { adopt } from '../../release/adopt.js'
import { lookAtHome, makeHome } from '../../release/home.js'
import { lookAtLock, ownerNow, acquireLock as take } from '../../release/lock.js'
import { freeName } from '../../release/release.js'
import { requirePrograms } from '../needs.js'
import { answer } from '../questions.js'
import { PAUSE, type Step } from '../step.js'

/**
 * Takes the lock, then reads what is there: what it says stays true, since nobody else may change it. What a deploy
 * that died has left is asked about.
 */
export const acquireLock: Step = {
  name: 'acquire-lock',
  title: 'take the lock',
  phase: 'beside',
  learns: ['home', 'target'],
  inTurn: true,
  asks: true,
  script: ({ host, layout, action, options: { lock, lockWait, questions, needs = [] } }) =>
    mapped(
      together(
        // what has been deployed before has shown that programs will do, as long as they are there
        requirePrograms(needs, ask`[ ! -e ${layout.live} ]`),
        script([makeHome(layout)], () => undefined),
        take(layout, ownerNow(action, lock?.message), lockWait),
        adopt(layout),
        lookAtHome(layout, PAUSE),
      ),
      ([, , , adopted, home]) => {
        const { leftOver } = home
        const note = home.live ? `live is ${home.live}` : 'nothing is live yet'
        const taken = adopted.length > 0 ? [`taken over from DYE: ${adopted.join(', ')}`] : []
        const outcome = { changed: true, note, learned: { home }, warnings: taken }
        if (leftOver === undefined) return outcome
        const warnings = [...taken, `${leftOver} was left unfinished by a deploy that died; it is put aside`]
        const { at, by } = home.journal.find(leftOver) ?? {}
        const asked = answer(questions, 'leftOver', { host: host.name, release: leftOver, at, by })
        return asked.then(() => ({ ...outcome, warnings }))
      },
    ),
  foretell: ({ host, layout, options: { needs = [] } }) =>
    mapped(together(requirePrograms(needs, ask`:`), lookAtLock(layout)), ([, { held, closed }]) => {
      if (closed) throw new LockError('CLOSED', host.name, closed)
      if (held) throw new LockError('LOCKED', host.name, held)
      return { changed: true, note: 'it is free' }
    }),
  // one name on all hosts, that none of them has used yet
  conclude: contexts => {
    const taken = contexts.flatMap(({ known }) => known.home?.journal.entries ?? [])
    const names = taken.map(({ release }) => release)
    const wanted = contexts[0]?.options.releaseName ?? ''
    const target = freeName(wanted, names)
    return target === wanted ? {} : { target }
  },
}
