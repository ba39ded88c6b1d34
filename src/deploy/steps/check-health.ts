import { mapped, script } from '../../command/script.js'
import type { Step } from '../step.js'

const outcomeOf = (note: string) => ({ changed: false, note })

/** Asks the site for a page, on the server, past the maintenance page. */
export const checkHealth: Step = {
  name: 'check-health',
  title: 'see whether it answers',
  phase: 'window',
  rolling: true,
  onlyAsks: true,
  skip: ({ options }) => (options.webServer ? undefined : 'there is no web server'),
  script: ({ host, site, options: { webServer, signal } }) => {
    if (!webServer) throw new Error('skipped without a web server')
    const check = webServer.checkHealth(site)
    if (typeof check !== 'function') return mapped(check, outcomeOf)
    return script([], () => check(host, signal ? { signal } : {}).then(outcomeOf))
  },
}
