import { script } from '../../command/script.js'
import { judgeDisk, readDisk } from '../disk.js'
import { PAUSE } from '../step.js'
import { type Examination, wouldAsk } from './examination.js'

/** Looks how full the disk is, as a deploy does. */
export const disk: Examination = context => {
  const { host, layout, options } = context
  const { diskLimitPercent: limitPercent } = options
  return script([judgeDisk(layout, limitPercent, PAUSE).acceptingAny()], ([{ stdout, exitCode }]) => {
    if (exitCode !== PAUSE) return []
    const facts = { host: host.name, limitPercent, ...readDisk(stdout) }
    const remedy = `make room below ${layout.root} (older releases go by themselves: Release.keep())`
    return [wouldAsk(context, 'diskAlmostFull', facts, remedy)]
  })
}
