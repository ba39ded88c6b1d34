import { ask, type Command } from '../../command/command.js'
import { script } from '../../command/script.js'
import type { Layout } from '../../release/layout.js'
import { answer } from '../questions.js'
import { PAUSE, type Step } from '../step.js'

const KIB = 1024

/** Prints six numbers: of the disk the percentage in use and the KiB left, the same of its inodes, and what is needed of both. */
function measure({ root, live, dumps }: Layout): Command {
  return ask`
    at=${root}; while [ ! -d "$at" ]; do at=$(dirname -- "$at"); done
    df -P -k -- "$at" | awk 'NR == 2 { print +$5, +$4 }' &&
    df -P -i -- "$at" | awk 'NR == 2 { print +$5, ($2 > 0) ? +$4 : 2000000000 }' &&
    { find ${`${live}/`} -xdev -printf '%k\n' 2>/dev/null
      find ${dumps} -type f -printf '%T@ %k\n' 2>/dev/null | sort -n | tail -n 1 | cut -d ' ' -f 2
    } | awk '{ kib += $1 } END { print kib + 0, NR }'`
}

/** Asks before it goes on when the disk is fuller than the limit, or has no room for one more release. */
export const checkDisk: Step = {
  name: 'check-disk',
  title: 'look how full the disk is',
  phase: 'beside',
  onlyAsks: true,
  asks: true,
  script: ({ host, layout, options: { diskLimitPercent, questions } }) => {
    const limit = Math.floor(diskLimitPercent)
    return script(
      [
        ask`
          numbers=$(${measure(layout)}) && echo $numbers && set -- $numbers &&
          { [ "$1" -le ${limit} ] && [ "$3" -le ${limit} ] && [ "$2" -ge "$5" ] && [ "$4" -ge "$6" ] || exit ${PAUSE}; }
        `.pausingAt(PAUSE),
      ],
      ([{ stdout, exitCode }]) => {
        const [usedPercent = 0, free = 0, usedInodesPercent = 0, , needed = 0] = stdout.split(' ').map(Number)
        const outcome = { changed: false, note: `${usedPercent} % in use` }
        if (exitCode !== PAUSE) return outcome
        const facts = { usedPercent, usedInodesPercent, limitPercent: diskLimitPercent }
        const bytes = { freeBytes: free * KIB, neededBytes: needed * KIB }
        return answer(questions, 'diskAlmostFull', { host: host.name, ...facts, ...bytes }).then(
          () => outcome,
        )
      },
    )
  },
}
