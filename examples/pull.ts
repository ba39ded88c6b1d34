// pull.ts
import { Database, pull, pullUploads } from 'dye-deploy'
import { options } from './options.js'

const { rows, environment } = await pull({
  ...options,
  localDatabase: Database.mysql(), // as the settings here say
  anonymise: ({ manage }) => manage('anonymise'), // if it fails, the data does not stay
  onProgress: ({ bytes, totalBytes }) => console.log(bytes, 'of', totalBytes),
})
console.log(environment, rows.visits_visit)

const [uploads] = await pullUploads(options)
console.log(uploads?.files)
