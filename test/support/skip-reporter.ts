import type { Reporter, TestCase, TestModule } from 'vitest/node'

function skippedWithReason(test: TestCase): string {
  const result = test.result()
  const note = result.state === 'skipped' && result.note ? ` (${result.note})` : ''
  return `skipped: ${test.project.name}: ${test.fullName}${note}`
}

/** Names what was skipped and why, then counts, on the last line of all. */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const count = (state: string) => tests.filter(test => test.result().state === state).length
    const broken = modules.filter(module => module.errors().length > 0).length
    for (const test of tests) {
      if (test.result().state === 'skipped') console.log(skippedWithReason(test))
    }
    const failed = count('failed') + broken + errors.length
    process.on('exit', () => {
      console.log(`Tests: ${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`)
    })
  }
}
