// new-project.ts
import { scaffold } from 'dye-deploy'

const { files, next } = await scaffold({
  directory: 'carers', // not there yet, or empty
  project: 'carers',
  kind: 'normal', // or 'minimal'
  database: 'postgresql', // or 'mysql', or 'sqlite'
  webServer: 'nginx', // or 'apache'
  host: 'deploy@web1.example.org',
  repository: 'git@git.example.org:carers.git',
  domain: 'carers.example.org',
  ci: 'github', // or 'gitlab', or false
})
console.log(`${files.length} files were made. What to do next:\n\n${next.join('\n')}`)
