import type { Command } from '../command/command.js'
import { type Script, script } from '../command/script.js'
import type { StepContext } from './context.js'

/**
 * Lets the web server, and the processes of the release, serve what the live link points at. The web server comes first:
 * if it does not take its configuration, no visitor has been answered by the new processes.
 */
export function served(
  { processPlace, site, options }: StepContext,
  configurationChanged: boolean,
): readonly Script<void>[] {
  const { processes = [], webServer } = options
  return [
    ...(webServer ? [script([webServer.reload(site, configurationChanged)], () => undefined)] : []),
    ...processes.map(each => each.serve(processPlace)),
  ]
}

/** Lets those serve again that did when this began, once the live link points at their release again. */
export function servedAgain(context: StepContext, configurationChanged: boolean): readonly Command[] {
  const { outgoing, outgoingProcesses: place, site, options } = context
  const { processes = [], webServer } = options
  return [
    ...processes.map(each => (outgoing === undefined ? each.remove(place) : each.goBack(place))),
    ...(webServer ? [webServer.reload(site, configurationChanged)] : []),
    ...processes.map(each => each.retire(place)),
  ]
}
