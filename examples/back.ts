// back.ts
import { rollback, versions } from 'dye-deploy'
import { options } from './options.js'

for (const { release, status, live, revision } of await versions(options)) {
  console.log(live ? '*' : ' ', release, status, revision)
}
// to the last good release; or { ...options, to: '2026-11-23_18-06-22' }, or a revision.
// Migrations that it does not know are taken back with the newer code, unless one has no way back
const result = await rollback({ ...options, databaseBack: 'migrate' })
console.log(result.outcome, result.release, result.migrations)
