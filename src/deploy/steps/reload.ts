import { script } from '../../command/script.js'
import type { Step } from '../step.js'

/** Makes the web server serve the release. */
export const reload: Step = {
  name: 'reload',
  title: 'reload the web server',
  phase: 'window',
  skip: ({ options }) => (options.webServer ? undefined : 'there is no web server'),
  script: ({ site, known, options: { webServer } }) => {
    const configurationChanged = known.configurationChanged ?? true
    return script(webServer ? [webServer.reload(site, configurationChanged)] : [], () => ({
      changed: true,
      note: configurationChanged ? 'with its new configuration' : 'the application only',
    }))
  },
}
