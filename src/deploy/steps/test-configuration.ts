import { mapped } from '../../command/script.js'
import type { Step } from '../step.js'

/** Lets the web server judge the new configuration before anything that is live is touched. */
export const testConfiguration: Step = {
  name: 'test-configuration',
  title: 'test the web server configuration',
  phase: 'beside',
  onlyAsks: true,
  learns: ['configurationChanged'],
  needs: ({ webServer }) => webServer?.needs ?? [],
  skip: ({ options }) => (options.webServer ? undefined : 'there is no web server'),
  script: ({ site, options: { webServer } }) => {
    if (!webServer) throw new Error('skipped without a web server')
    return mapped(webServer.testConfiguration(site), ({ changed, warnings = [] }) => ({
      changed: false,
      note: changed ? 'good, and it has changed' : 'good, and as before',
      learned: { configurationChanged: changed },
      warnings,
    }))
  },
}
