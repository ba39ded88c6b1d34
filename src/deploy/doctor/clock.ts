import { ask } from '../../command/command.js'
import { script } from '../../command/script.js'
import type { Found } from './examination.js'

/** Seconds by which the clocks may differ. */
const TOLERANCE_S = 5

/** Asks for the server's time, in milliseconds since 1970; not a number where its `date` cannot tell. */
export const now = script([ask`date +%s.%N`.acceptingAny()], ([{ stdout }]) => Number(stdout) * 1000)

/** Moments of one round trip, in milliseconds since 1970: ours around those of the server. */
export interface Moments {
  readonly sent: number
  readonly first: number
  readonly last: number
  readonly received: number
}

/**
 * Compares the clocks: the server's can be ahead by `last - received` at least, and by `first - sent` at most, however long
 * the way or the work took.
 */
export function skew({ sent, first, last, received }: Moments): readonly Found[] {
  const [least, most] = [last - received, first - sent].map(each => each / 1000) as [number, number]
  const by = least > TOLERANCE_S ? least : most < -TOLERANCE_S ? most : undefined
  if (by === undefined) return []
  return [
    {
      code: 'CLOCK_SKEWED',
      severity: 'warning',
      message: `its clock is ${Math.round(Math.abs(by))} s ${by > 0 ? 'ahead of' : 'behind'} the one here`,
      remedy:
        'set the wrong one, and keep it right: apt-get install systemd-timesyncd (releases are named by time)',
    },
  ]
}
