import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

const HEAD = `---
title: Reliability
---
# What was tried, and what held

Made by \`npm run test:faults\`: each line is a fault that was brought about on throwaway servers. What is promised is told in the
[guide to faults](faults.md); each of its promises is one or more invariants, which were looked at after the fault, after the
next deploy and after going back. "Well after" is how long it took from the end of the deployer until the site answered and the
lock was free.

| site | case | expected | well after | invariants that held |
| --- | --- | --- | --- | --- |
`

/** The line of a case in the table. */
function line(test: TestCase): readonly string[] {
  const { invariants } = test.meta()
  if (!invariants) return []
  const [suite = '', ...names] = test.fullName.split(' > ')
  const { all, broken, expected, settledMs } = invariants
  const what = test.result().state === 'skipped' ? 'nothing is done there' : expected
  const seconds = (settledMs / 1000).toFixed(1)
  return [`| ${suite} | ${names.join(', ')} | ${what} | ${seconds} s | ${all - broken.length} of ${all} |\n`]
}

/** Counts what was looked at after faults; writes a table of it into the file that `FAULTS_TABLE` names. */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default class InvariantsReporter implements Reporter {
  /** A whole run takes an hour: what does not hold is told at once. */
  onTestCaseResult(test: TestCase): void {
    for (const broken of test.meta().invariants?.broken ?? []) console.error(`${test.fullName}: ${broken}`)
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const counts = tests.flatMap(test => test.meta().invariants ?? [])
    if (counts.length === 0) return
    const all = counts.reduce((total, each) => total + each.all, 0)
    const held = counts.reduce((total, each) => total - each.broken.length, all)
    const summary = `${held} of ${all} invariants held, in ${counts.length} cases`
    const times = counts.map(({ settledMs }) => settledMs / 1000).toSorted((one, other) => one - other)
    const at = (part: number) => times[Math.floor((times.length - 1) * part)]?.toFixed(1)
    const settled = `after its end the servers were as they should be within ${at(0.5)} s (median), ${at(1)} s at most`
    console.log(`Faults: ${summary}; ${settled}`)
    const { FAULTS_TABLE: file } = process.env
    if (file) writeFileSync(file, `${HEAD}${tests.flatMap(line).join('')}\n**${summary}**: ${settled}.\n`)
  }
}
