import { change } from '../../command/command.js'
import { script } from '../../command/script.js'
import { record } from '../../release/journal.js'
import type { Step } from '../step.js'
import { virtualenvLinks } from '../virtualenv-links.js'

/** Writes down which virtualenv the live release has. */
export const recordVirtualenv: Step = {
  name: 'record-virtualenv',
  title: 'write it down',
  phase: 'after',
  script: context => {
    const { layout, releaseName, known } = context
    const { virtualenv } = known
    return script(
      [
        change`rm -f -- ${virtualenvLinks(context).before}`,
        record(layout.journal, { release: releaseName, status: 'live', ...(virtualenv && { virtualenv }) }),
      ],
      () => ({ changed: true, note: virtualenv ?? '' }),
    )
  },
}
