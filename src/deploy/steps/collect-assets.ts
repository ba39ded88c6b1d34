import type { AssetsResult } from '../../application/application.js'
import { mapped, type Script, script } from '../../command/script.js'
import type { Step } from '../step.js'

const NOTHING: Script<AssetsResult> = script([], () => ({ changed: false, reason: '' }))

/** Collects the files that the web server serves by itself. */
export const collectAssets: Step = {
  name: 'collect-assets',
  title: 'collect static files',
  phase: 'beside',
  needs: ({ application }) => application?.needs ?? [],
  skip: ({ options }) => (options.application ? undefined : 'there is no application'),
  script: ({ applicationPlace, options: { application } }) =>
    mapped(application?.collectAssets(applicationPlace) ?? NOTHING, ({ changed, reason, warnings = [] }) => ({
      changed,
      note: reason,
      warnings,
    })),
}
