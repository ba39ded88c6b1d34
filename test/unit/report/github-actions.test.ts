import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DeployEvent } from '../../../src/deploy/events.js'
import { githubActions, stepSummary } from '../../../src/report/github-actions.js'
import { recordedRun } from '../../support/recorded-run.js'
import { localPlace } from '../../support/temporary.js'

describe('the reporter for GitHub Actions', () => {
  const place = localPlace()
  let good: Awaited<ReturnType<typeof recordedRun>>
  let bad: Awaited<ReturnType<typeof recordedRun>>

  beforeAll(async () => {
    good = await recordedRun(place.directory)
    bad = await recordedRun(place.directory, { hosts: ['web1', 'web2'], fails: true })
  })

  const lines = async (
    events: readonly DeployEvent[],
    env: NodeJS.ProcessEnv = { GITHUB_ACTIONS: 'true' },
  ) => {
    const stream = new PassThrough({ highWaterMark: 1024 ** 2 })
    const report = githubActions({ env, stream })
    for (const event of events) await report(event)
    return (stream.read()?.toString() ?? '').trimEnd().split('\n') as string[]
  }

  /** Lines that the runner would take for commands: as its source has it, not between the two of stop-commands. */
  const commands = (written: readonly string[]) => {
    let token: string | undefined
    return written.filter(line => {
      if (token !== undefined) {
        if (line === `::${token}::`) token = undefined
        return false
      }
      token = /^::stop-commands::(.+)$/.exec(line)?.[1]
      return token === undefined && /^\s*::|##\[/.test(line)
    })
  }

  it('does nothing elsewhere', async () => {
    expect(await lines(good.events, {})).toEqual([''])
  })

  it('groups what each step printed, and takes nothing of it for a command', async () => {
    const written = await lines(good.events)
    const group = written.findIndex(line => line.startsWith('::group::✔ fetch-source (web1)'))
    const end = written.indexOf('::endgroup::', group)
    expect(written.slice(group, end)).toEqual(
      expect.arrayContaining(['fetched <all>', '::error::no command']),
    )
    expect(commands(written).filter(line => !/^::(group|endgroup)::/.test(line))).toEqual([
      '::warning title=web1::mind <this>',
    ])
  })

  it('annotates the failure, on one line', async () => {
    const errors = commands(await lines(bad.events)).filter(line => line.startsWith('::error'))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(
      /^::error title=deploy of carers%3A rolled-back::Could not do migrate-database on web[12]: .*%0A {2}\| boom$/,
    )
  })

  it('appends a summary to the page of the run', async () => {
    const path = join(place.directory, 'summary.md')
    await writeFile(path, 'before\n')
    await lines(bad.events, { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: path })
    const summary = await readFile(path, 'utf8')
    expect(summary).toBe(`before\n${stepSummary(bad.result)}`)
    expect(summary).toContain(
      '### ❌ deploy of carers \\(production\\): failed; the old release is live again',
    )
    expect(summary).toContain('| web2 | rolled\\-back |')
  })

  it('has nothing in the summary that Markdown or HTML would take for its own', () => {
    const message = 'no\n```\n<img src=x>'
    const summary = stepSummary({ ...good.result, error: new Error(message), warnings: ['a | b <i>'] })
    expect(summary).toContain(`\`\`\`\`text\n${message}\n\`\`\`\`\n`)
    const outside = summary.replace(/````text[\s\S]*?````/, '')
    expect(outside).not.toMatch(/<(script|b|i|img)/)
    expect(outside).toContain('a \\| b &#60;i&#62;')
    expect(outside).toContain('two \\| three')
  })
})
