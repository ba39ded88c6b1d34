/** Kills deployers at random moments: `npm run test:kills -- --times 1000`, and `--seed` to have the same moments again. */
import { parseArgs } from 'node:util'
import { execa } from 'execa'

const options = { times: { type: 'string', default: '1000' }, seed: { type: 'string' } } as const
const { times, seed } = parseArgs({ options }).values
const words = ['run', '--project', 'faults', 'test/faults/kills.test.ts']
const env = { TIMES: times, ...(seed !== undefined && { SEED: seed }) }
const { exitCode } = await execa('vitest', words, { env, preferLocal: true, stdio: 'inherit', reject: false })
process.exitCode = exitCode ?? 1
