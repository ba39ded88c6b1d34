import { script } from '../../command/script.js'
import type { Step } from '../step.js'

/** Ends the processes of other releases: they finish what they have begun, and nobody waits for it. */
export const retireProcesses: Step = {
  name: 'retire-processes',
  title: 'end the processes of older releases',
  phase: 'after',
  skip: ({ options: { processes = [] } }) => (processes.length > 0 ? undefined : 'there are none'),
  script: ({ processPlace, options: { processes = [] } }) =>
    script(
      processes.map(each => each.retire(processPlace)),
      () => ({ changed: true, note: processes.map(({ title }) => title).join(', ') }),
    ),
}
