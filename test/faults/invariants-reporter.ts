import type { Reporter, TestModule } from 'vitest/node'

/** Counts what was looked at after faults. */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default class InvariantsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const counts = tests.flatMap(test => test.meta().invariants ?? [])
    if (counts.length === 0) return
    const sum = (of: 'all' | 'held') => counts.reduce((total, each) => total + each[of], 0)
    console.log(`Faults: ${sum('held')} of ${sum('all')} invariants held, in ${counts.length} cases`)
  }
}
