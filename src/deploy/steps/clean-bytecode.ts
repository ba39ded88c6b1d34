import { ask, change } from '../../command/command.js'
import { script } from '../../command/script.js'
import type { Step } from '../step.js'

const find = (release: string) => ask`find ${release} -path ${`${release}/.git`} -prune -o -name '*.pyc'`

const deleted = (count: number) => ({ changed: count > 0, note: `${count} files` })

/** Deletes compiled Python files, since a stale one keeps a removed module importable. */
export const cleanBytecode: Step = {
  name: 'clean-bytecode',
  title: 'delete stale bytecode',
  phase: 'beside',
  skip: ({ options }) => (options.virtualenv ? undefined : 'there is no Python'),
  look: ({ releasePath }) =>
    script([ask`${find(releasePath)} -print -quit`], ([{ stdout }]) => (stdout ? undefined : deleted(0))),
  script: ({ releasePath }) =>
    script([change`${find(releasePath)} -print -delete | wc -l`], ([{ stdout }]) => deleted(Number(stdout))),
}
