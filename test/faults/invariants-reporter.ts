import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { type Line, linesOf, merged, NOTHING, pageOf, summaryOf } from './reliability.js'

/** The line of a case; of one that broke off nobody knows what would have held. */
function lineOf(test: TestCase): readonly Line[] {
  const [suite = '', ...names] = test.fullName.split(' > ')
  const where = { suite, name: names.join(', ') }
  const { state } = test.result()
  const { invariants } = test.meta()
  if (!invariants) {
    if (state !== 'failed') return []
    return [{ ...where, expected: 'it broke off', seconds: 0, held: 0, all: 1 }]
  }
  const { all, broken, expected, settledMs } = invariants
  const seconds = settledMs / 1000
  return [
    {
      ...{ ...where, expected: state === 'skipped' ? NOTHING : expected },
      ...{ seconds, held: all - broken.length, all },
    },
  ]
}

/**
 * Counts what was looked at after faults, and writes it into the page that `FAULTS_TABLE` names. A page that is there keeps
 * the lines of cases that have not run.
 */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default class InvariantsReporter implements Reporter {
  /** A whole run takes more than an hour: what does not hold is told at once. */
  onTestCaseResult(test: TestCase): void {
    for (const broken of test.meta().invariants?.broken ?? []) console.error(`${test.fullName}: ${broken}`)
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const faults = modules.filter(({ project }) => project.name === 'faults')
    const lines = faults.flatMap(module => [...module.children.allTests()]).flatMap(lineOf)
    if (lines.length === 0) return
    console.log(`Faults: ${summaryOf(lines)}`)
    const { FAULTS_TABLE: page } = process.env
    if (!page) return
    const before = existsSync(page) ? linesOf(readFileSync(page, 'utf8')) : []
    writeFileSync(page, pageOf(merged(before, lines)))
  }
}
