import { execaSync } from 'execa'

/** What there may be for an awk on a server; of those that are here. */
export const AWKS: readonly (readonly [string, ...string[]])[] = (
  [['mawk'], ['gawk'], ['gawk', '--posix'], ['busybox', 'awk'], ['original-awk'], ['awk']] as const
).filter(([program]) => !execaSync('sh', ['-c', 'command -v "$0"', program], { reject: false }).failed)
