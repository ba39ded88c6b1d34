import { mapped, script, together } from '../../command/script.js'
import type { Step } from '../step.js'

/** Collects the files that the web server serves by itself. */
export const collectAssets: Step = {
  name: 'collect-assets',
  title: 'collect static files',
  phase: 'beside',
  skip: ({ options }) => (options.application ? undefined : 'there is no application'),
  script: ({ applicationPlace, options: { application } }) => {
    const collected = application?.collectAssets(applicationPlace) ?? script([], () => '')
    const checks = application?.checks?.(applicationPlace) ?? script([], (): readonly string[] => [])
    return mapped(together(collected, checks), ([note, warnings]) => ({ changed: true, note, warnings }))
  },
}
