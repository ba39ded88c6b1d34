import { ask } from '../command/command.js'
import type { Program } from '../command/program.js'
import { chooseInstaller } from './build.js'
import { findInterpreter, interpreterNames, rangeTitle } from './interpreter.js'
import type { VirtualenvSettings } from './settings.js'

/** Succeeds where Python has what makes environments; Debian has it in a package of its own. */
export const HAS_VENV = `import importlib.util as u, sys; sys.exit(not (u.find_spec('venv') and u.find_spec('ensurepip')))`

/** Programs that an environment needs: an interpreter, and what makes and fills it. */
export function programsFor(settings: VirtualenvSettings): readonly Program[] {
  const { pythonRange, interpreter, installer } = settings
  const names = interpreterNames(interpreter)
  const find = findInterpreter(pythonRange, interpreter)
  const python: Program = { names, title: rangeTitle(pythonRange), package: 'python3', proof: find }
  const venv: Program = {
    names,
    title: 'the module venv of Python',
    package: 'python3-venv',
    proof: ask`
      ${chooseInstaller(settings)}
      [ -n "$uv" ] || { python=$(${find} 2>/dev/null) || exit 0; "$python" -c ${HAS_VENV}; }`,
  }
  const uv: Program = { names: ['uv', '.local/bin/uv', '.cargo/bin/uv'], package: 'uv' }
  return [python, installer === 'uv' ? uv : venv]
}
