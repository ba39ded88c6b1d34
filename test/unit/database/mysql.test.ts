import { describe, expect, it } from 'vitest'
import { ask } from '../../../src/command/command.js'
import { Secret } from '../../../src/command/secret.js'
import { Database } from '../../../src/database/database.js'
import { CommandError } from '../../../src/errors/command-error.js'
import { DatabaseError } from '../../../src/errors/database-error.js'
import { DumpError } from '../../../src/errors/dump-error.js'
import { OptionError } from '../../../src/errors/option-error.js'
import { localPlace } from '../../support/temporary.js'

describe('a MySQL database description', () => {
  it.each(['', 'a b', 'a`b', "a'b", 'a;b', 'a-b', '../a', 'a\n', 'é', 'x'.repeat(65)])(
    'refuses the name %j',
    name => {
      expect(() => Database.mysql({ name })).toThrow(OptionError)
    },
  )

  it.each(['carers', 'Carers_2', '_', 'x'.repeat(64)])('takes the name %j', name => {
    expect(Database.mysql({ name }).title).toBe(`MySQL database ${name}`)
  })

  it('shows no password in what people see of its commands', () => {
    const database = Database.mysql({ name: 'carers', user: 'me', password: Secret.of('canary') })
    const commands = [
      ...database.ensureScript().commands,
      ...database.dumpScript('/d.gz').commands,
      database.restoreCommand('/d.gz'),
    ]
    expect(commands).toHaveLength(3)
    for (const command of commands) {
      expect(String(command)).toContain('[secret]')
      expect(String(command)).not.toContain('canary')
    }
  })
})

describe('commands for a MySQL database', () => {
  const place = localPlace()
  const database = Database.mysql({ name: 'carers' })

  it.each([
    ['dumped', () => database.dumpScript('/no/where/d.gz', ask`echo DB_NAME=other`), DumpError],
    ['made', () => database.ensureScript(ask`echo DB_NAME=other`), DatabaseError],
  ])('end before anything is %s when the application uses another one', async (_, make, kind) => {
    const failed = await place.host.runAll(make().commands).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(CommandError)
    expect(String(failed)).toContain('the application uses another database than carers: other')
    await expect(place.host.perform<unknown>(make())).rejects.toBeInstanceOf(kind)
  })

  it('end when the credentials cannot be asked for', async () => {
    const failing = database.ensureScript(ask`echo "no settings" >&2; exit 1`)
    await expect(place.host.perform(failing)).rejects.toThrow('no settings')
  })

  it('do not touch a database for a dump that is not there', async () => {
    const restore = database.restoreCommand('/no/such/dump.gz', ask`echo DB_NAME=carers`)
    await expect(place.host.runAll([restore])).rejects.toThrow('/no/such/dump.gz is not a complete dump')
  })
})
