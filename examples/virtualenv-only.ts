// Primitives without a deploy: a virtualenv on a server and one here, and a dump of a database.
import { Database, Host, Virtualenv } from 'dye-deploy'

// a host connects at the first command; `await using` closes it at the end of the block
await using server = Host.ssh('deploy@web1.example.org')
await using here = Host.local()

// pip runs only if there is no environment yet for these requirements, this interpreter and this platform
const virtualenv = Virtualenv.at('.ve').requirements('requirements.txt').python('>=3.9')
for (const host of [here, server]) {
  const { changed, reason } = await virtualenv.ensure(host.within('/srv/app'))
  console.log(`${host.name}: ${changed ? 'built' : 'not touched'}, ${reason}`)
}

// each value in the template is one quoted word, an array is several
const modules = ['django', 'MySQLdb']
const program = 'import sys, importlib; [importlib.import_module(each) for each in sys.argv[1:]]'
await server.within('/srv/app').ask`.ve/bin/python -c ${program} ${modules}`

// a dump is read back and checked before it gets its name
const { bytes } = await Database.mysql({ name: 'app' }).dump(server, '/backup/today.sql.gz')
console.log(`the dump has ${bytes} bytes`)
