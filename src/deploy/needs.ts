import { ask, type Command } from '../command/command.js'
import { missingPrograms, type Program, programTitle, readMissing } from '../command/program.js'
import { type Script, script } from '../command/script.js'
import { RequirementError } from '../errors/requirement-error.js'
import type { RunPlan } from './run-plan.js'

/** Exit code of our own: there are programs missing. */
const MISSING = 69

/** What scripts of all steps use, besides coreutils, without which nobody logs in. */
const ALWAYS: readonly Program[] = [
  { names: ['flock'], package: 'util-linux' },
  { names: ['find'], package: 'findutils' },
  { names: ['awk'], package: 'mawk' },
  { names: ['sed'], package: 'sed' },
  { names: ['grep'], package: 'grep' },
]

/** Programs that the steps of a run need, but for those that are replaced or left out; each once. */
export function needsOf({
  steps,
  replacements,
  options,
}: Pick<RunPlan, 'steps' | 'replacements' | 'options'>): readonly Program[] {
  const own = steps.filter(({ name }) => !replacements.has(name))
  const all = [...ALWAYS, ...own.flatMap(step => step.needs?.(options) ?? [])]
  return [...new Map(all.map(program => [programTitle(program), program])).values()]
}

/** What brings packages. */
export function installing(programs: readonly Program[]): string {
  return `apt-get install ${[...new Set(programs.map(each => each.package))].join(' ')}`
}

/**
 * Fails with a {@link RequirementError} that names all programs which are missing; changes nothing.
 *
 * @param proving - shell text that succeeds if those that are there are to prove that they will do
 */
export function requirePrograms(programs: readonly Program[], proving: Command): Script<void> {
  const certain = programs.filter(({ onlyIf }) => onlyIf === undefined)
  const look = ask`missing=$( (${missingPrograms(certain, proving)}) ); [ -z "$missing" ] || { printf '%s\n' "$missing"; exit ${MISSING}; }`
  return script(
    [look],
    () => undefined,
    failure => {
      const { exitCode, stdout, host } = failure
      if (exitCode !== MISSING) return failure
      const missing = readMissing(certain, stdout.split('\n'))
      const titles = missing.map(({ program }) => programTitle(program))
      const found = missing.flatMap(({ program, found }) =>
        found ? `${programTitle(program)}: ${found}` : [],
      )
      return new RequirementError(
        {
          what: 'begin',
          host,
          why: `there is no ${titles.join(', no ')}`,
          output: found.join('\n'),
          remedy: `install what is missing (${installing(missing.map(({ program }) => program))}), and deploy again.`,
        },
        titles,
      )
    },
  )
}
