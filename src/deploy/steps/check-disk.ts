import { ask } from '../../command/command.js'
import { script } from '../../command/script.js'
import { answer } from '../questions.js'
import { PAUSE, type Step } from '../step.js'

/** Asks before it goes on when the disk is fuller than the limit. */
export const checkDisk: Step = {
  name: 'check-disk',
  title: 'look how full the disk is',
  phase: 'beside',
  asks: true,
  script: ({ host, layout, options: { diskLimitPercent, questions } }) =>
    script(
      [
        ask`
          used=$(df -P -- ${layout.root} | awk 'NR == 2 { print +$5 }') && echo "$used" &&
          { [ "$used" -le ${Math.floor(diskLimitPercent)} ] || exit ${PAUSE}; }`.pausingAt(PAUSE),
      ],
      ([{ stdout, exitCode }]) => {
        const usedPercent = Number(stdout)
        const outcome = { changed: false, note: `${usedPercent} % in use` }
        if (exitCode !== PAUSE) return outcome
        const facts = { host: host.name, usedPercent, limitPercent: diskLimitPercent }
        return answer(questions, 'diskAlmostFull', facts).then(() => outcome)
      },
    ),
}
