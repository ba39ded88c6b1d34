import { script } from '../../command/script.js'
import { Journal } from '../../release/journal.js'
import { prune, superfluous, unneededVirtualenvs } from '../../release/prune.js'
import type { StepContext } from '../context.js'
import type { Step } from '../step.js'

/** The journal as it is now: what was read at the start, and what this deploy has written since. */
function journalNow({ known, outgoing, releaseName }: StepContext): Journal {
  const lines = [
    ...(known.home?.journal.entries ?? []),
    { release: outgoing ?? releaseName, status: 'previous' },
    { release: releaseName, status: 'live', virtualenv: known.virtualenv },
  ]
  return Journal.parse(lines.map(line => JSON.stringify(line)).join('\n'))
}

function goneOf(context: StepContext) {
  return superfluous(journalNow(context), context.options.release.kept)
}

/** Deletes releases that are not needed any more, with their dumps and virtualenvs. */
export const pruneReleases: Step = {
  name: 'prune-releases',
  title: 'delete old releases',
  phase: 'after',
  skip: context => (goneOf(context).length > 0 ? undefined : 'there are none'),
  script: context => {
    const gone = goneOf(context)
    const virtualenvs = unneededVirtualenvs(journalNow(context), gone)
    return script(prune(context.layout, gone, virtualenvs), () => ({
      changed: true,
      note: gone.map(({ release }) => release).join(', '),
    }))
  },
}
