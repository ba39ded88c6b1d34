// Lists what is on the servers, and goes back: to the last good release, or to the one that is named.
//   npx tsx rollback.ts
//   npx tsx rollback.ts 2026-11-23_18-06-22
import { rollback, terminal, versions } from 'dye-deploy'
import { options } from './options.js'

for (const { live, release, status, revision, by } of await versions(options)) {
  console.log(live ? '*' : ' ', release, status.padEnd(11), revision?.slice(0, 10), by)
}

// the database is dumped, and stays as it is: what users wrote since then is kept
const [to] = process.argv.slice(2)
const result = await rollback({ ...options, onEvent: terminal(), ...(to && { to }) })
process.exitCode = result.exitCode
