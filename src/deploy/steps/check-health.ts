import { mapped } from '../../command/script.js'
import type { Step } from '../step.js'

/** Asks the site for a page, on the server, past the maintenance page. */
export const checkHealth: Step = {
  name: 'check-health',
  title: 'see whether it answers',
  phase: 'window',
  rolling: true,
  skip: ({ options }) => (options.webServer ? undefined : 'there is no web server'),
  script: ({ site, options: { webServer } }) => {
    if (!webServer) throw new Error('skipped without a web server')
    return mapped(webServer.checkHealth(site), note => ({ changed: false, note }))
  },
}
