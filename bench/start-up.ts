import { execa } from 'execa'
import { printTable, Series } from './measure.js'

const BUILT = new URL('../dist/index.js', import.meta.url).href
const DEBUG = new URL('../node_modules/debug/src/index.js', import.meta.url).href

/** Milliseconds that the import of a module takes, in a Node of its own. */
async function importing(url: string): Promise<number> {
  const program = `const start = performance.now(); await import('${url}'); console.log(performance.now() - start)`
  const { stdout } = await execa('node', ['--input-type=module', '--eval', program])
  return Number(stdout)
}

/** How long a deployfile waits before it begins. */
export async function benchStartUp(runs: number): Promise<void> {
  const [ours, other] = [new Series(), new Series()]
  await importing(BUILT)
  for (let run = 0; run < runs; run += 1) {
    other.add(await importing(DEBUG))
    ours.add(await importing(BUILT))
  }
  printTable([
    ['import of', 'median (range)'],
    ['debug alone, a small package', other.seconds],
    ['dye-deploy', ours.seconds],
  ])
}
