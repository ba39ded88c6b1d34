import { ask } from '../../command/command.js'
import { type MissingProgram, missingPrograms, programTitle, readMissing } from '../../command/program.js'
import { script } from '../../command/script.js'
import { installing } from '../needs.js'
import type { Examination, Found } from './examination.js'

function foundOf({ program, found }: MissingProgram): Found {
  const condition = program.onlyIf === undefined ? '' : `, which is needed ${program.onlyIf}`
  const instead = found ? `: ${found}` : ''
  return {
    code: found === undefined ? 'PROGRAM_MISSING' : 'PROGRAM_UNSUITABLE',
    severity: program.onlyIf === undefined ? 'error' : 'warning',
    message: `there is no ${programTitle(program)}${condition}${instead}`,
    remedy: `install it: ${installing([program])}`,
  }
}

/** Looks for the programs that a deploy needs, and whether they will do. */
export const programs: Examination = ({ options: { needs = [] } }) =>
  script([missingPrograms(needs, ask`:`).acceptingAny()], ([{ lines }]) =>
    readMissing(needs, lines).map(foundOf),
  )
