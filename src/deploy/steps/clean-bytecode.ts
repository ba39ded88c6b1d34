import { change } from '../../command/command.js'
import { script } from '../../command/script.js'
import type { Step } from '../step.js'

/** Deletes compiled Python files, since a stale one keeps a removed module importable. */
export const cleanBytecode: Step = {
  name: 'clean-bytecode',
  title: 'delete stale bytecode',
  phase: 'beside',
  skip: ({ options }) => (options.virtualenv ? undefined : 'there is no Python'),
  script: ({ releasePath }) =>
    script(
      [
        change`find ${releasePath} -path ${`${releasePath}/.git`} -prune -o -name '*.pyc' -print -delete | wc -l`,
      ],
      ([{ stdout }]) => ({ changed: Number(stdout) > 0, note: `${Number(stdout)} files` }),
    ),
}
