import { mapped } from '../../command/script.js'
import type { Step } from '../step.js'

/** Builds the virtualenv unless there is one with the same content, and links it into the release. */
export const buildVirtualenv: Step = {
  name: 'build-virtualenv',
  title: 'build the virtualenv',
  phase: 'beside',
  learns: ['virtualenv'],
  needs: ({ virtualenv }) => virtualenv?.needs ?? [],
  skip: ({ options }) => (options.virtualenv ? undefined : 'there is no Python'),
  script: ({ layout, releasePath, options: { virtualenv } }) => {
    if (!virtualenv) throw new Error('skipped without a virtualenv')
    return mapped(
      virtualenv.ensureScript(releasePath, { store: layout.virtualenvs }),
      ({ changed, reason, key }) => ({
        changed,
        note: reason,
        learned: { virtualenv: key },
      }),
    )
  },
}
