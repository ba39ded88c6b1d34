import { describe, expect, it } from 'vitest'
import { ask } from '../../../src/command/command.js'
import { Secret } from '../../../src/command/secret.js'
import { given, type ServerDatabaseOptions, withCredentials } from '../../../src/database/credentials.js'
import { localPlace } from '../../support/temporary.js'

const SHOW = ask`printf '%s|' "$DB_NAME" "$DB_USER" "$DB_PASSWORD" "$DB_HOST" "$DB_PORT"`

describe('credentials', () => {
  const place = localPlace()

  it.each<[ServerDatabaseOptions, string]>([
    [{ name: 'carers' }, 'carers|||||'],
    [{ name: 'x', user: 'me', host: 'db.example.org', port: 3307 }, 'x|me||db.example.org|3307|'],
    [{ name: 'x', password: Secret.of(`a'b"c$(id)\\\n\`id\` é`) }, `x||a'b"c$(id)\\\n\`id\` é|||`],
    [{ name: 'x', user: `u'; id #`, password: Secret.of('') }, `x|u'; id #||||`],
  ])('%j are there, word for word', async (credentials, expected) => {
    const { stdout } = await place.host.ask`${withCredentials(given(credentials))}
      ${SHOW}`
    expect(stdout).toBe(expected)
  })

  it('come with a directory for their user only, which is gone afterwards', async () => {
    const { lines } = await place.host.ask`${withCredentials(given({ name: 'x' }))}
      : >"$dir/file"; stat -c %a -- "$dir" "$dir/file"; echo "$dir"`
    expect(lines.slice(0, 2)).toEqual(['700', '600'])
    const [left] = await place.host.runAll([ask`[ ! -e ${lines[2] ?? '/'} ] && echo gone`])
    expect(left?.stdout).toBe('gone')
  })

  it('are not shown', () => {
    expect(String(given({ name: 'x', password: Secret.of('canary') }))).not.toContain('canary')
  })
})
