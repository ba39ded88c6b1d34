import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/command/secret.js'
import type { DeployEvent } from '../../../src/deploy/events.js'
import { CommandError } from '../../../src/errors/command-error.js'
import { jsonLines } from '../../../src/report/json-lines.js'
import { jsonOf } from '../../../src/report/plain-data.js'
import { recordedRun } from '../../support/recorded-run.js'
import { localPlace } from '../../support/temporary.js'

describe('lines of JSON', () => {
  const place = localPlace()
  let events: readonly DeployEvent[]

  beforeAll(async () => {
    events = (await recordedRun(place.directory, { fails: true })).events
  })

  const parsed = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))

  it('are written to a stream, one for each event, with errors as data', async () => {
    const stream = new PassThrough({ highWaterMark: 1024 ** 2 })
    const report = jsonLines(stream)
    for (const event of events) await report(event)
    const lines = parsed(stream.read().toString())
    expect(lines.map(({ type }) => type)).toEqual(events.map(({ type }) => type))
    expect(lines.map(({ at }) => at)).toEqual(events.map(({ at }) => at.toISOString()))
    const { error } = lines.find(({ type }) => type === 'going-back')
    expect(error).toMatchObject({ name: 'CommandError', code: 'COMMAND_FAILED', exitCode: 3, stderr: 'boom' })
    expect(lines.at(-1).result).toMatchObject({ outcome: 'rolled-back', error, downtime: null })
  })

  it('are appended to a file, which is whole when the deploy has ended, and nobody else’s', async () => {
    const path = join(place.directory, 'deploys.jsonl')
    const report = jsonLines(path)
    const { result } = await recordedRun(place.directory, { more: { onEvent: report } })
    const first = parsed(await readFile(path, 'utf8'))
    expect(first.at(-1)).toMatchObject({ type: 'ended', result: { release: result.release } })
    for (const event of events) await report(event)
    expect(parsed(await readFile(path, 'utf8'))).toHaveLength(first.length + events.length)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('that cannot be written are a warning', async () => {
    await mkdir(join(place.directory, 'directory'), { recursive: true })
    const onEvent = jsonLines(join(place.directory, 'directory'))
    const { result } = await recordedRun(place.directory, { more: { onEvent } })
    expect(result.outcome).toBe('deployed')
    expect(result.warnings.join('\n')).toMatch(/onEvent failed: EISDIR/)
  })
})

describe('JSON of what events tell', () => {
  it('masks secrets, and has no request that an error carries along', () => {
    const circular: Record<string, unknown> = {}
    circular.self = circular
    const cause = Object.assign(new TypeError('inner', { cause: new Error('innermost') }), {
      ...{ request: circular, status: 500 },
    })
    const value = { password: Secret.of('s3cret'), nothing: undefined, error: new Error('outer', { cause }) }
    expect(JSON.parse(jsonOf(value))).toEqual({
      ...{ password: '[secret]', nothing: null },
      error: {
        ...{ name: 'Error', message: 'outer' },
        cause: {
          ...{ name: 'TypeError', message: 'inner', status: 500 },
          cause: { name: 'Error', message: 'innermost' },
        },
      },
    })
  })

  it('has all fields of our own errors', () => {
    const failed = {
      command: 'x',
      host: 'h',
      exitCode: 1,
      signal: undefined,
      stdout: '',
      stderr: 'no',
      durationMs: 1,
    }
    expect(JSON.parse(jsonOf(new CommandError(failed)))).toMatchObject({
      name: 'CommandError',
      ...failed,
      signal: null,
    })
  })
})
