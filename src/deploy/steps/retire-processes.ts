import { script } from '../../command/script.js'
import type { StepContext } from '../context.js'
import type { Step } from '../step.js'

const retire = ({ processPlace, options: { processes = [] } }: StepContext) =>
  processes.map(each => each.retire(processPlace))

/** Ends the processes of other releases: they finish what they have begun, and nobody waits for it. */
export const retireProcesses: Step = {
  name: 'retire-processes',
  title: 'end the processes of older releases',
  phase: 'after',
  skip: ({ options: { processes = [] } }) => (processes.length > 0 ? undefined : 'there are none'),
  script: context =>
    script(retire(context), () => {
      const { processes = [] } = context.options
      return { changed: true, note: processes.map(({ title }) => title).join(', ') }
    }),
  finish: retire, // old workers would do the work of new ones
}
