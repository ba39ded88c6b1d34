import { ask } from '../../command/command.js'
import { script } from '../../command/script.js'
import { answer } from '../questions.js'
import { PAUSE, type Step } from '../step.js'

/** Exit codes of version control systems that cannot tell. */
const FAILURES = [1, 2, 126, 127, 128]

/** Asks before it goes on when somebody changed the live release by hand. */
export const checkLiveChanges: Step = {
  name: 'check-live-changes',
  title: 'look for changes made by hand',
  phase: 'beside',
  onlyAsks: true,
  asks: true,
  script: ({ host, layout, ownPaths, source, options }) => {
    const pauseIfAny = ask`awk '{ print } END { exit NR ? ${PAUSE} : 0 }'`
    const look = source.localChanges(layout.live, ownPaths).pipe(pauseIfAny)
    return script(
      [look.accepting(...FAILURES).pausingAt(PAUSE)],
      ([{ lines: changes, exitCode, stderr }]) => {
        if (exitCode === 0) return { changed: false, note: 'none' }
        if (exitCode !== PAUSE) {
          // nothing is lost: the release stays, and what is broken may be mended by fetching
          const warning = `whether files were changed by hand cannot be told: ${stderr.split('\n', 1)[0]}`
          return { changed: false, note: 'nobody can tell', warnings: [warning] }
        }
        const note = `${changes.length} files of the live release were changed by hand`
        const warnings = [`${note}; the new release does not have the changes`]
        const asked = answer(options.questions, 'liveChanges', { host: host.name, changes })
        return asked.then(() => ({ changed: false, note, warnings }))
      },
    )
  },
}
