import { quote } from '../../command/quote.js'
import type { ResolvedScaffold } from './scaffold-options.js'

/** Commands of the shell by which a new project is tried out, in its directory. */
export function firstSteps({ database }: ResolvedScaffold): readonly string[] {
  const server = database === 'sqlite' ? '' : ' # the database has to run on this machine'
  return ['npm install', `npm run develop${server}`, 'npm test', 'django/website/manage.py runserver']
}

/** Commands of the shell by which it is put into its repository, and deployed. */
export function laterSteps({ repository }: ResolvedScaffold): readonly string[] {
  return [
    'git init --initial-branch=main',
    'git add --all && git commit --message="A new project"',
    `git remote add origin ${quote(repository)}`,
    'git push --set-upstream origin main',
    'npm run plan # what the server needs is in README.md',
    'npm run deploy',
  ]
}
