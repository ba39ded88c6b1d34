import type { Commit } from './source.js'

/** Commits that are listed at most. */
export const LOG_LIMIT = 100

/** Stands between the fields of a commit, in which it cannot be. */
export const FIELD = '\x1f'

/** Reads commits of which each is a line: revision, author, date and subject. */
export function parseCommits(lines: readonly string[]): readonly Commit[] {
  return lines.map(line => {
    const [revision = '', author = '', date = '', subject = ''] = line.split(FIELD)
    return { revision, author, date, subject }
  })
}
