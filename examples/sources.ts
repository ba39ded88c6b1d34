// sources.ts
import { cvs, directory, git, Secret, subversion } from 'dye-deploy'

const password = Secret.of(process.env.REPOSITORY_PASSWORD ?? 's3cret')
const key = Secret.of(process.env.DEPLOY_KEY ?? 'the text of a private key')

const sources = [
  git('git@git.example.org:carers.git').branches({ staging: 'main', production: 'stable' }),
  git('https://git.example.org/carers.git').login('deploy', password).tag('v1.2'),
  git('ssh://git@git.example.org/mono.git').deployKey(key).subdirectory('apps/carers').shallow(),

  subversion('https://svn.example.org/carers').login('deploy', password).branch('stable'),
  cvs(':pserver:deploy@cvs.example.org:/cvs', 'carers').login(password).tag('v1_2'),

  // what is on this machine, but for what .gitignore leaves out; what was built comes along
  directory('.').ignore('docs/').include('dist/'),
]
for (const { title } of sources) console.log(title)
