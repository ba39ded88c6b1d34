import { change } from '../../command/command.js'
import { script } from '../../command/script.js'
import { makeHome } from '../../release/home.js'
import { Journal } from '../../release/journal.js'
import type { Step } from '../step.js'

/** Deletes all that the project has on the host, but for the lock, which is held. */
export const deleteProject: Step = {
  name: 'delete-project',
  title: 'delete everything',
  phase: 'beside',
  foresees: () => ({ home: { journal: Journal.parse(''), live: undefined, leftOver: undefined } }),
  script: ({ layout }) => {
    const { root, state, lock } = layout
    const others = change`
      find ${root} -mindepth 1 -maxdepth 1 ! -path ${state} -exec "$@" rm -rf -- '{}' + &&
      find ${state} -mindepth 1 -maxdepth 1 ! -path ${lock} ! -path ${`${lock}.json`} -exec "$@" rm -rf -- '{}' +`
    const empty = { journal: Journal.parse(''), live: undefined, leftOver: undefined }
    return script(
      [change`set --; { ${others}; } 2>/dev/null || { set -- sudo -n; ${others}; }`, makeHome(layout)],
      () => ({ changed: true, note: root, learned: { home: empty } }),
    )
  },
}
