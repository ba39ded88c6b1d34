// back.ts
import { rollback, versions } from 'dye-deploy'
import { options } from './options.js'

for (const { release, status, live, revision } of await versions(options)) {
  console.log(live ? '*' : ' ', release, status, revision)
}
const result = await rollback(options) // to the last good one; or { ...options, to: '2026-11-23_18-06-22' }
console.log(result.outcome, result.release)
