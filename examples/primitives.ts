// primitives.ts
import { Database, Host, Virtualenv } from 'dye-deploy'

// a host connects at the first command; `await using` closes it at the end of the block
await using server = Host.ssh('deploy@web1.example.org')

// pip runs only if there is no environment yet for these requirements, this interpreter and this platform
const virtualenv = Virtualenv.at('.ve').requirements('requirements.txt').python('>=3.9')
const { changed, reason } = await virtualenv.ensure(server.within('/srv/app'))
console.log(changed ? 'built:' : 'not touched:', reason)

// each value in the template is one quoted word, an array is several
const modules = ['json', 'sqlite3']
const program =
  'import sys, importlib; print([importlib.import_module(each).__name__ for each in sys.argv[1:]])'
console.log((await server.within('/srv/app').ask`.ve/bin/python -c ${program} ${modules}`).stdout)

// a dump is read back and checked before it gets its name; root is let in by the database's socket
const { bytes } = await Database.mysql({ name: 'app' }).dump(server.asRoot(), '/backup/today.sql.gz')
console.log(`the dump has ${bytes} bytes`)
