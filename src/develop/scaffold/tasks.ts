import type { ResolvedScaffold } from './scaffold-options.js'

/** The programs of a project that the scripts of its `package.json` run, by their names. */
export function tasks({ database, ci }: ResolvedScaffold): Readonly<Record<string, string>> {
  const local = database === 'sqlite' ? '' : `  database: Database.${database}({ forTests: true }),\n`
  const isGithub = ci === 'github'
  const told = isGithub ? 'process.env.GITHUB_ACTIONS ? githubActions() : terminal()' : 'terminal()'
  return {
    'develop.ts': `// Makes a checkout ready to run on this machine.
import { ${local === '' ? '' : 'Database, '}develop } from 'dye-deploy'
import { application, virtualenv } from '../deployfile.ts'

const environment = process.argv[2] // none: the one it was made ready for last, else dev
const { changed } = await develop({
  virtualenv,
  application,
${local}  ...(environment && { environment }),
  onStep: ({ step, changed, note }) => console.log(changed ? '+' : ' ', step, note),
  onOutput: text => process.stderr.write(text),
})
console.log(changed ? 'It is ready: django/website/manage.py runserver' : 'There was nothing to do.')
`,
    'test.ts': `// Runs the tests of the site, or those that are named; a job of continuous integration begins afresh.
import { runTests } from 'dye-deploy'
import { application, virtualenv } from '../deployfile.ts'

const { passed } = await runTests({
  virtualenv,
  application,
  only: process.argv.slice(2),
  ci: process.env.CI !== undefined,
  onOutput: text => process.stdout.write(text),
})
process.exitCode = passed ? 0 : 1
`,
    'plan.ts': `// Tells what a deploy would do, and changes nothing.
import { plan, planText } from 'dye-deploy'
import { options } from '../deployfile.ts'

const planned = await plan(options)
console.log(planText(planned))
process.exitCode = planned.isClear ? 0 : 1
`,
    'deploy.ts': `// Deploys what is in the repository. On a terminal it asks, elsewhere it stops where it would have to.
import { deploy, ${isGithub ? 'githubActions, ' : ''}interruptible, prompts, terminal } from 'dye-deploy'
import { options } from '../deployfile.ts'

// a job of continuous integration checks out a commit, not a branch
const questions = process.env.CI ? { branchMismatch: 'continue' as const } : prompts()
const onEvent = ${told}
const { exitCode } = await deploy(interruptible({ ...options, questions, onEvent }))
process.exitCode = exitCode
`,
    'rollback.ts': `// Goes back to the last good release, or to the one that is named.
import { interruptible, rollback, terminal } from 'dye-deploy'
import { options } from '../deployfile.ts'

const to = process.argv[2]
const { exitCode } = await rollback(interruptible({ ...options, ...(to && { to }), onEvent: terminal() }))
process.exitCode = exitCode
`,
  }
}
