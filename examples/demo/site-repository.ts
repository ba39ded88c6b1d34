import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Host } from 'dye-deploy'

const directory = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The requirements of the site, as they stand in its repository. */
export const requirements = directory('site/deploy/pip_packages.txt')

/** Whatever the git configuration of whoever runs the demo says. */
const CONFIGURATION = [
  ...['-c', 'user.name=Demo', '-c', 'user.email=demo@example.org'],
  ...['-c', 'commit.gpgSign=false', '-c', 'core.hooksPath=/dev/null'],
]

/** Commits files of the examples on top of what the repository has. */
async function commit(host: Host, repository: string, files: string, message: string): Promise<void> {
  await cp(directory(files), repository, { recursive: true })
  // named in full: git must never look for a repository in the directories above
  const git = ['git', `--git-dir=${join(repository, '.git')}`, `--work-tree=${repository}`, ...CONFIGURATION]
  await host.within(repository).run`${git} add --all && ${git} commit --quiet -m ${message}`
}

/** Makes a repository with version 1 of the site on its branch `main`. */
export async function createRepository(host: Host, repository: string): Promise<void> {
  await host.run`
    git init --quiet --template= -- ${repository} &&
    git --git-dir=${join(repository, '.git')} symbolic-ref HEAD refs/heads/main`
  await commit(host, repository, 'site', 'Version 1')
}

/** Adds version 2: a page that says so, and a migration. */
export function commitVersion2(host: Host, repository: string): Promise<void> {
  return commit(host, repository, 'version-2', 'Version 2, with a new column')
}
