import { ask } from '../../command/command.js'
import { script } from '../../command/script.js'
import { answer } from '../questions.js'
import type { Step } from '../step.js'

/** Asks before it goes on when the disk is fuller than the limit. */
export const checkDisk: Step = {
  name: 'check-disk',
  title: 'look how full the disk is',
  phase: 'beside',
  script: ({ host, layout, options: { diskLimitPercent, questions } }) =>
    script([ask`df -P -- ${layout.root} | awk 'NR == 2 { print +$5 }'`], async ([{ stdout }]) => {
      const usedPercent = Number(stdout)
      if (usedPercent > diskLimitPercent) {
        await answer(questions, 'diskAlmostFull', {
          host: host.name,
          usedPercent,
          limitPercent: diskLimitPercent,
        })
      }
      return { changed: false, note: `${usedPercent} % in use` }
    }),
}
