import { script } from '../../command/script.js'
import { answer } from '../questions.js'
import type { Step } from '../step.js'

/** Asks before it goes on when somebody changed the live release by hand. */
export const checkLiveChanges: Step = {
  name: 'check-live-changes',
  title: 'look for changes made by hand',
  phase: 'beside',
  skip: ({ outgoing }) => (outgoing ? undefined : 'nothing is live yet'),
  script: ({ host, layout, ownPaths, options }) =>
    script([options.source.localChanges(layout.live, ownPaths)], async ([{ lines: changes }]) => {
      if (changes.length === 0) return { changed: false, note: 'none' }
      await answer(options.questions, 'liveChanges', { host: host.name, changes })
      const note = `${changes.length} files of the live release were changed by hand`
      return { changed: false, note, warnings: [`${note}; the new release does not have the changes`] }
    }),
}
