import type { DeployResult } from 'dye-deploy'
import type { Answers } from './asking-client.js'

/** What was deployed or rolled back, and what clients saw of it. */
export interface Chapter {
  readonly title: string
  readonly result: DeployResult
  /** The version that the page must show afterwards. */
  readonly version: number
  /** The page, afterwards. */
  readonly page: string
  /** What the client got that kept asking; the first deploy has none. */
  readonly answers?: Answers
}

/** Whether a promise was kept, and what became of it. */
type Verdict = readonly [kept: boolean, text: string]

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`

/** Prints a heading, with the time since the demo was started. */
export function say(text: string): void {
  console.log(`\n[${seconds(performance.now())}] ${text}`)
}

function ofClient(answers: Answers, withMigration: boolean): Verdict[] {
  const { pages, maintenance, failed, downtimeMs, inOrder } = answers
  const counts = Object.entries(pages).map(([version, count]) => `${count} pages of version ${version}`)
  const off =
    maintenance > 0 ? `off for ${seconds(downtimeMs)}, ${maintenance} maintenance pages` : 'never off'
  return [
    [maintenance > 0 === withMigration, `the client that kept asking saw the site ${off}`],
    [counts.length === 2, `it got ${counts.join(' and ')}`],
    [failed.length === 0, failed[0] ? `${failed.length} requests failed: ${failed[0]}` : 'no request failed'],
    [inOrder, inOrder ? 'no visitor that was counted was lost' : 'visitors that were counted were lost'],
  ]
}

function verdictsOf({ title, result, version, page, answers }: Chapter): Verdict[] {
  const { outcome, durationMs, downtime, migrations, error } = result
  const brought = migrations.length > 0 ? `, with ${migrations.join(', ')}` : ''
  const why = error ? `: ${error.message}` : ''
  const shown = /<h1>(.*)<\/h1>/.exec(page)?.[1] ?? page.slice(0, 100)
  // while the first one is deployed there is no site that could be off
  const withMigration = answers !== undefined && migrations.length > 0
  const off = downtime ? `off for ${seconds(downtime.milliseconds)}` : 'never off'
  return [
    [outcome === 'deployed', `${title}: ${outcome} in ${seconds(durationMs)}${brought}${why}`],
    [shown === `This is version ${version}`, `the page says: ${shown}`],
    [(downtime !== undefined) === withMigration, `the server says that the site was ${off}`],
    ...(answers ? ofClient(answers, withMigration) : []),
  ]
}

/** Prints how it went. @returns true if everything was as promised */
export function summarize(chapters: readonly Chapter[]): boolean {
  const verdicts = chapters.map(verdictsOf)
  for (const [title, ...others] of verdicts) {
    if (title) console.log(`${title[0] ? '✔' : '✖'} ${title[1]}`)
    for (const [kept, text] of others) console.log(`  ${kept ? '✔' : '✖'} ${text}`)
  }
  return verdicts.flat().every(([kept]) => kept)
}
