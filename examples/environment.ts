// environment.ts
import { Database, Host, Secret, Virtualenv } from 'dye-deploy'

await using server = Host.ssh('deploy@web1.example.org')
const password = Secret.of(process.env.DB_PASSWORD ?? 's3cret')

const virtualenv = Virtualenv.at('.ve')
  .pyproject('pyproject.toml', { extras: ['server'] }) // or .requirements('requirements.txt').requireHashes()
  .python('>=3.9,<3.15')
  .installer('auto') // uv where the server has it, else pip
  .wheels('wheels') // or .index('https://pypi.example.org/simple/', { username, password })
  .offline()
console.log((await virtualenv.ensure(server.within('/srv/site'))).reason)

// or .mysql, .sqlite; database, user and grants are made by root, whom the database lets in by its socket
const database = Database.mysql({ name: 'site', user: 'site', password })
console.log((await database.ensure(server)).changed)

// a dump has every table and its last line, or it is none; a restore is done as a whole, or not at all
const { rows } = await database.dump(server, '/tmp/site.sql.gz')
await database.restore(server, '/tmp/site.sql.gz')
console.log(rows)

// never on production, unless { evenProduction: true }
await database.clean(server, { environment: 'staging' })
