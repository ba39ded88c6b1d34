import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** The suite of a test, or the test itself where it has none; with the reason, if one was given. */
function nameOf(test: TestCase): string {
  const result = test.result()
  const note = result.state === 'skipped' && result.note ? ` (${result.note})` : ''
  const name = test.parent.type === 'suite' ? test.parent.fullName : test.fullName
  return `${test.project.name}: ${name}${note}`
}

/** Names what was skipped and why, then counts, on the last line of all. */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const inState = (state: string) => tests.filter(test => test.result().state === state)
    const skipped = new Map<string, number>()
    for (const test of inState('skipped')) skipped.set(nameOf(test), (skipped.get(nameOf(test)) ?? 0) + 1)
    for (const [name, count] of skipped) console.log(`skipped: ${name}: ${count} tests`)
    const broken = modules.filter(module => module.errors().length > 0).length
    const failed = inState('failed').length + broken + errors.length
    const counts = `${inState('passed').length} passed, ${failed} failed, ${inState('skipped').length} skipped`
    process.on('exit', () => console.log(`Tests: ${counts}`))
  }
}
