import { script } from '../../command/script.js'
import { judgeDisk, readDisk } from '../disk.js'
import { answer } from '../questions.js'
import { PAUSE, type Step } from '../step.js'

/** Asks before it goes on when the disk is fuller than the limit, or has no room for one more release. */
export const checkDisk: Step = {
  name: 'check-disk',
  title: 'look how full the disk is',
  phase: 'beside',
  onlyAsks: true,
  asks: true,
  script: ({ host, layout, options: { diskLimitPercent: limitPercent, questions } }) =>
    script([judgeDisk(layout, limitPercent, PAUSE)], ([{ stdout, exitCode }]) => {
      const disk = readDisk(stdout)
      const outcome = { changed: false, note: `${disk.usedPercent} % in use` }
      if (exitCode !== PAUSE) return outcome
      return answer(questions, 'diskAlmostFull', { host: host.name, limitPercent, ...disk }).then(
        () => outcome,
      )
    }),
}
