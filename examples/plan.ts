// plan.ts
import { writeFile } from 'node:fs/promises'
import { described, plan, planMarkdown, planText } from 'dye-deploy'
import { options } from './options.js'

const planned = await plan({
  ...options,
  hooks: { postDeploy: described('rebuild the search index', ({ host }) => host.run`rebuild-index`) },
})
console.log(planText(planned))
await writeFile('plan.md', planMarkdown(planned)) // for a comment to a pull request
process.exitCode = planned.isClear ? 0 : 1
