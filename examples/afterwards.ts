// afterwards.ts
import { dumpDatabase, manage, updateVirtualenv } from 'dye-deploy'
import { options } from './options.js'

// any command of manage.py; with { onOutput } its output comes while it is printed
const { stdout } = await manage(options, 'showmigrations', 'visits')
console.log(stdout)

const { file, rows } = await dumpDatabase(options)
console.log(file, rows.visits_visit)

// the newest versions that the requirements allow, without a deploy; back to what was, if the site is not well
const { outcome } = await updateVirtualenv(options)
console.log(outcome)
