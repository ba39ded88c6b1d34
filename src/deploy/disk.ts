import { ask, type Command } from '../command/command.js'
import type { Layout } from '../release/layout.js'
import type { QuestionFacts } from './questions.js'

const KIB = 1024

/** Prints six numbers: of the disk the percentage in use and the KiB left, the same of its inodes, and what is needed of both. */
export function measureDisk({ root, live, dumps }: Layout): Command {
  return ask`
    at=${root}; while [ ! -d "$at" ]; do at=$(dirname -- "$at"); done
    df -P -k -- "$at" | awk 'NR == 2 { print +$5, +$4 }' &&
    df -P -i -- "$at" | awk 'NR == 2 { print +$5, ($2 > 0) ? +$4 : 2000000000 }' &&
    { find ${`${live}/`} -xdev -printf '%k\n' 2>/dev/null
      find ${dumps} -type f -printf '%T@ %k\n' 2>/dev/null | sort -n | tail -n 1 | cut -d ' ' -f 2
    } | awk '{ kib += $1 } END { print kib + 0, NR }'`
}

/** The same, all in one line; ends with an exit code if it is fuller than a limit, or has no room for one more release. */
export function judgeDisk(layout: Layout, limitPercent: number, code: number): Command {
  const limit = Math.floor(limitPercent)
  return ask`
    numbers=$(${measureDisk(layout)}) && echo $numbers && set -- $numbers &&
    { [ "$1" -le ${limit} ] && [ "$3" -le ${limit} ] && [ "$2" -ge "$5" ] && [ "$4" -ge "$6" ] || exit ${code}; }
  `.pausingAt(code)
}

/** What {@link judgeDisk} has printed. */
export function readDisk(stdout: string): Omit<QuestionFacts['diskAlmostFull'], 'host' | 'limitPercent'> {
  const [usedPercent = 0, free = 0, usedInodesPercent = 0, , needed = 0] = stdout.split(' ').map(Number)
  return { usedPercent, usedInodesPercent, freeBytes: free * KIB, neededBytes: needed * KIB }
}
