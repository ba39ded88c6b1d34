import { change } from '../../command/command.js'
import { mapped } from '../../command/script.js'
import type { Step } from '../step.js'
import { virtualenvLinks } from '../virtualenv-links.js'

/** Builds the live release's virtualenv anew, beside the one in use. */
export const rebuildVirtualenv = (how: 'force' | 'fullRebuild'): Step => ({
  name: 'build-virtualenv',
  title: 'build the virtualenv',
  phase: 'beside',
  learns: ['virtualenv'],
  script: context => {
    const { layout, releasePath, options } = context
    if (!options.virtualenv) throw new Error('refused without a virtualenv')
    const place = { store: layout.virtualenvs, link: virtualenvLinks(context).next, [how]: true }
    return mapped(options.virtualenv.ensureScript(releasePath, place), ({ changed, reason, key }) => ({
      changed,
      note: reason,
      learned: { virtualenv: key },
    }))
  },
  undo: context => [change`rm -f -- ${virtualenvLinks(context).next}`],
})
