import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ask, type Command, change } from '../../../src/command/command.js'
import { Secret } from '../../../src/command/secret.js'
import { shellText } from '../../../src/command/shell.js'
import { OptionError } from '../../../src/errors/option-error.js'
import { localPlace } from '../../support/temporary.js'

const ME = userInfo().username

/** Runs the text of a command in a shell that reads it from its standard input, as a session does. */
function ran(shell: string, command: Command): { status: number | null; stdout: Buffer; stderr: string } {
  const { status, stdout, stderr } = spawnSync(shell, ['-s'], { input: shellText(command), cwd: '/' })
  return { status, stdout, stderr: String(stderr) }
}

function printed(shell: string, command: Command): string {
  const { status, stdout, stderr } = ran(shell, command)
  expect(`${status} ${stderr}`).toBe('0 ')
  return String(stdout)
}

describe.each(['/bin/dash', '/bin/bash'])('a command in %s', shell => {
  const place = localPlace()

  it('runs in its directory, whatever that is called', async () => {
    for (const name of ["it's", '-n', 'a b', '$HOME', 'a\nb', 'é']) {
      const directory = join(place.directory, name)
      await mkdir(directory, { recursive: true })
      expect(printed(shell, ask`pwd`.in(directory))).toBe(`${directory}\n`)
    }
  })

  it('does not run at all where its directory is missing', () => {
    const file = join(place.directory, 'not-to-be')
    const { status, stderr } = ran(shell, change`touch ${file}; exit 0`.in('/no/such/place'))
    expect(status).toBe(1)
    expect(stderr).toContain('/no/such/place')
    expect(existsSync(file)).toBe(false)
  })

  it('has its environment, value for value', () => {
    const env = {
      PLAIN: 'x',
      QUOTES: `it's "$HOME" \`id\``,
      LINES: 'a\nb\n',
      EMPTY: '',
      SECRET: Secret.of('s 3'),
    }
    const printing = ask`printf '<%s>' "$PLAIN" "$QUOTES" "$LINES" "$EMPTY" "$SECRET"`.withEnv(env)
    expect(printed(shell, printing)).toBe(`<x><it's "$HOME" \`id\`><a\nb\n><><s 3>`)
    expect(printed(shell, ask`sh -c 'echo $PLAIN'`.withEnv(env))).toBe('x\n')
  })

  it('reads what it is fed, byte for byte', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 200 })
    fc.assert(
      fc.property(texts, text => {
        expect(printed(shell, ask`cat`.withStdin(text))).toBe(text)
      }),
      { numRuns: 25, examples: [['\0\r\n\x1e\\n%s'], [''], ['no line end'], ['EOF\nDYE\n']] },
    )
  })

  it('reads a text that is longer than an argument may be', () => {
    const text = 'é'.repeat(300_000)
    expect(printed(shell, ask`wc -c`.withStdin(text)).trim()).toBe('600000')
  })

  it('ends with the exit code of what it runs, fed or not', () => {
    expect(ran(shell, ask`exit 7`).status).toBe(7)
    expect(ran(shell, ask`cat >/dev/null; exit 7`.withStdin('x')).status).toBe(7)
    expect(ran(shell, ask`exit 7`.as(ME).in('/tmp').withEnv({ A: '1' }).withStdin('x')).status).toBe(7)
  })

  it('has all its layers as the user it runs as', () => {
    const all = ask`id -un; pwd; echo "$A"; cat`
      .as(ME)
      .in(place.directory)
      .withEnv({ A: "it's" })
      .withStdin('fed')
    expect(printed(shell, all)).toBe(`${ME}\n${place.directory}\nit's\nfed`)
  })

  it('may have whatever text inside when it runs as a user', () => {
    for (const word of ['DYE', 'DYE_', "'", '`', '$(id)', 'DYE\nDYE_\n', '}']) {
      expect(printed(shell, ask`printf %s ${word}`.as(ME))).toBe(word)
    }
  })

  it('gets its secrets in full', () => {
    expect(printed(shell, ask`printf %s ${Secret.of(`a'b"$c`)}`)).toBe(`a'b"$c`)
  })
})

describe('what a command is fed', () => {
  it('stands in no process list, neither do its secrets', async () => {
    const canary = 'canary-of-the-process-list'
    const listing = ask`cat >/dev/null; ps -eo args; : ${Secret.of(canary)}`
    const seen = printed('/bin/sh', listing.withStdin(Secret.of(canary)).withEnv({ A: Secret.of(canary) }))
    expect(seen).toContain('ps -eo args')
    expect(seen).not.toContain(canary)
    expect(seen).not.toContain(Buffer.from(canary).toString('base64').slice(0, 12))
  })
})

describe('the environment of a command', () => {
  it.each(['A; touch x', 'A B', '1A', 'A-B', '', 'A=B'])(
    'refuses the name %j, which a shell would run',
    name => {
      expect(() => shellText(ask`:`.withEnv({ [name]: '1' }))).toThrow(OptionError)
    },
  )
})

describe('another user', () => {
  const sudo = spawnSync('sudo', ['-n', 'true']).status === 0 && ME === 'root'

  it.skipIf(!sudo)('is who runs it, in its own home for a shell that asks', () => {
    const text = shellText(ask`id -un; echo "$HOME"; id -un >&2`.as('nobody'))
    const home = execFileSync('getent', ['passwd', 'nobody']).toString().split(':')[5]
    const { stdout, stderr } = spawnSync('/bin/sh', ['-s'], { input: text })
    expect([String(stdout), String(stderr)]).toEqual([`nobody\n${home}\n`, 'nobody\n'])
  })
})
