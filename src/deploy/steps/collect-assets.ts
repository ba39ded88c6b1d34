import type { AssetsResult } from '../../application/application.js'
import { mapped, type Script, script, together } from '../../command/script.js'
import type { Step } from '../step.js'

const NOTHING: Script<AssetsResult> = script([], () => ({ changed: false, reason: '' }))

/** Collects the files that the web server serves by itself. */
export const collectAssets: Step = {
  name: 'collect-assets',
  title: 'collect static files',
  phase: 'beside',
  needs: ({ application }) => application?.needs ?? [],
  skip: ({ options }) => (options.application ? undefined : 'there is no application'),
  script: ({ applicationPlace, options: { application } }) => {
    const collected = application?.collectAssets(applicationPlace) ?? NOTHING
    const checks = application?.checks?.(applicationPlace) ?? script([], (): readonly string[] => [])
    return mapped(together(collected, checks), ([{ changed, reason, warnings: told = [] }, warnings]) => ({
      changed,
      note: reason,
      warnings: [...told, ...warnings],
    }))
  },
}
