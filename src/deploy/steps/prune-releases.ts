import { mapped, script } from '../../command/script.js'
import { Journal } from '../../release/journal.js'
import { prune, superfluous } from '../../release/prune.js'
import type { StepContext } from '../context.js'
import type { Step } from '../step.js'

/** The journal as it is now: what was read at the start, and what this deploy has written since. */
function journalNow({ known, outgoing, releaseName }: StepContext): Journal {
  const lines = [
    ...(known.home?.journal.entries ?? []),
    { release: outgoing ?? releaseName, status: 'previous', ...(known.dump && { dumpAfter: known.dump }) },
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
  foretell: context =>
    script([], () => ({
      changed: true,
      note: goneOf(context)
        .map(({ release }) => release)
        .join(', '),
    })),
  script: context => {
    const pruned = prune(context.layout, journalNow(context), goneOf(context))
    return mapped(pruned, names => ({
      changed: names.length > 0,
      note: names.join(', ') || 'the live release has links into those that could go',
    }))
  },
}
