import { mapped, together } from '../../command/script.js'
import { served } from '../serving.js'
import type { Step } from '../step.js'

/** Makes the processes of the application, and the web server, serve the release. */
export const reload: Step = {
  name: 'reload',
  title: 'reload the web server',
  phase: 'window',
  rolling: true,
  skip: ({ options: { webServer, processes = [] } }) =>
    webServer || processes.length > 0 ? undefined : 'there is no web server',
  script: context => {
    const { processes = [], webServer } = context.options
    const configurationChanged = context.known.configurationChanged ?? true
    const notes = [
      ...processes.map(({ title }) => title),
      ...(webServer ? [configurationChanged ? 'with its new configuration' : 'the application only'] : []),
    ]
    return mapped(together(...served(context, configurationChanged)), () => ({
      changed: true,
      note: notes.join(', '),
    }))
  },
}
