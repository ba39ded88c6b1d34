import { ask } from '../../command/command.js'
import { script } from '../../command/script.js'
import { answer } from '../questions.js'
import { PAUSE, type Step } from '../step.js'

/** Asks before it goes on when somebody changed the live release by hand. */
export const checkLiveChanges: Step = {
  name: 'check-live-changes',
  title: 'look for changes made by hand',
  phase: 'beside',
  asks: true,
  script: ({ host, layout, ownPaths, source, options }) =>
    script(
      [
        ask`
          [ -e ${layout.live} ] || exit 0
          changes=$(${source.localChanges(layout.live, ownPaths)}) || exit
          [ -z "$changes" ] || { printf '%s\n' "$changes"; exit ${PAUSE}; }`.pausingAt(PAUSE),
      ],
      ([{ lines: changes, exitCode }]) => {
        if (exitCode !== PAUSE) return { changed: false, note: 'none' }
        const note = `${changes.length} files of the live release were changed by hand`
        const warnings = [`${note}; the new release does not have the changes`]
        const asked = answer(options.questions, 'liveChanges', { host: host.name, changes })
        return asked.then(() => ({ changed: false, note, warnings }))
      },
    ),
}
