import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it, vi } from 'vitest'
import { adopt } from '../../../src/release/adopt.js'
import { lookAtHome, makeHome } from '../../../src/release/home.js'
import { Layout } from '../../../src/release/layout.js'
import { HERMETIC_GIT } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

vi.setConfig({ testTimeout: 60_000 })

const VERSIONS = ['2013-09-23_17-52-14', '2014-01-02_03-04-05']
const LIVE = '2015-06-07_08-09-10'

/** The two ways in which DYE kept versions. */
type Way = 'flat' | 'nested'

/** A program that kills the shell that calls it instead of doing its work, at the call that was chosen. */
function dyingTool(directory: string, real: string): string {
  return `#!/bin/sh
    echo x >>${directory}/calls
    [ "$(wc -l <${directory}/calls)" -ne "$(cat ${directory}/last)" ] || { kill -9 $PPID; exit 1; }
    exec ${real} "$@"
  `
}

describe('a server that DYE deployed', () => {
  const place = localPlace()
  let count = 0

  const write = async (file: string, content: string) => {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }

  /** Its files, as DYE left them. */
  const deployed = async (way: Way) => {
    count += 1
    const layout = new Layout(join(place.directory, `server ${count}`, 'carers'))
    const at = (...names: string[]) => join(layout.root, ...names)
    for (const [index, version] of VERSIONS.entries()) {
      const code = way === 'flat' ? at('previous', version) : at('previous', version, 'dev')
      await write(join(code, 'django/website/page'), `version ${index}`)
      await write(join(code, '.hidden'), 'hidden')
      await write(at('previous', version, 'db_dump.sql.gz'), `dump ${index}`)
    }
    if (way === 'nested') await write(at('previous', VERSIONS[0] ?? '', 'notes.txt'), 'by hand')
    await write(at('dev/django/website/page'), 'live')
    await write(at('dev/django/website/uploads/photo'), 'of a visitor')
    const git = (...words: string[]) => execa('git', words, { cwd: at('dev'), env: HERMETIC_GIT })
    await git('init', '--quiet')
    await git('add', '--all')
    await git('commit', '--quiet', '-m', 'live')
    await write(at('dev/django/website/page'), 'live, changed by hand')
    await utimes(at('dev'), new Date('2015-06-07T08:09:10Z'), new Date('2015-06-07T08:09:10Z'))
    await write(at('dbdumps/daily.sql.gz'), 'daily')
    await write(at('README'), 'This is DYE’s.')
    await write(at('previous/by-hand/file'), 'not a version')
    return { layout, at, revision: (await git('rev-parse', 'HEAD')).stdout }
  }

  const takeOver = async (layout: Layout) => {
    await place.host.runAll([makeHome(layout)])
    return place.host.perform(adopt(layout))
  }

  /** Everything is where it belongs. */
  const expectTakenOver = async (
    way: Way,
    { layout, at, revision }: Awaited<ReturnType<typeof deployed>>,
  ) => {
    const { journal, live } = await place.host.perform(lookAtHome(layout))
    expect(live).toBe(LIVE)
    const dumps = VERSIONS.map(version =>
      way === 'flat' ? at('previous', version, 'db_dump.sql.gz') : at(`dbdumps/after-${version}.sql.gz`),
    )
    expect(journal.entries.map(({ at: _, ...entry }) => entry)).toEqual([
      ...VERSIONS.map((release, index) => ({
        release,
        status: 'previous',
        by: 'DYE',
        dumpAfter: dumps[index],
      })),
      { release: LIVE, status: 'live', by: 'DYE', revision },
    ])
    for (const [index, version] of VERSIONS.entries()) {
      expect(await readFile(join(layout.release(version), 'django/website/page'), 'utf8')).toBe(
        `version ${index}`,
      )
      expect(await readFile(join(layout.release(version), '.hidden'), 'utf8')).toBe('hidden')
      expect(await readFile(dumps[index] ?? '', 'utf8')).toBe(`dump ${index}`)
    }
    expect(await readlink(at('dev'))).toBe(`previous/${LIVE}`)
    expect((await lstat(at('previous', LIVE))).isDirectory()).toBe(true)
    expect(await readFile(at('dev/django/website/page'), 'utf8')).toBe('live, changed by hand')
    expect(await readFile(at('dev/django/website/uploads/photo'), 'utf8')).toBe('of a visitor')
    expect(await readFile(at('dbdumps/daily.sql.gz'), 'utf8')).toBe('daily')
    expect(await readFile(at('README.old'), 'utf8')).toBe('This is DYE’s.')
    expect(await readFile(at('previous/by-hand/file'), 'utf8')).toBe('not a version')
    const left = way === 'nested' ? [[VERSIONS[0], 'notes.txt']] : []
    for (const [version = '', file = ''] of left) {
      expect(await readFile(at('.dye/adopted', version, file), 'utf8')).toBe('by hand')
    }
    expect((await readdir(at('previous'))).sort()).toEqual([...VERSIONS, LIVE, 'by-hand'].sort())
    expect(await readdir(at('.dye'))).not.toContain('adopting')
  }

  it.each<Way>(['flat', 'nested'])('is taken over, once: %s', async way => {
    const server = await deployed(way)
    expect(await takeOver(server.layout)).toEqual([...VERSIONS, LIVE])
    await expectTakenOver(way, server)
    expect(await takeOver(server.layout)).toEqual([])
    await expectTakenOver(way, server)
    expect(await readFile(server.at('README'), 'utf8')).toContain('dye-deploy')
  })

  it.each<Way>(['flat', 'nested'])('is taken over although that was interrupted, wherever: %s', async way => {
    const tools = join(place.directory, `tools-${way}`)
    for (const tool of ['mv', 'rm', 'ln', 'mkdir', 'rmdir', 'python3', 'git', 'sed', 'date']) {
      const real = (await place.host.run`command -v ${tool}`).stdout
      await write(join(tools, tool), dyingTool(tools, real))
      await chmod(join(tools, tool), 0o755)
    }
    const path = (await place.host.run`printf %s "$PATH"`).stdout
    let interrupted = 0
    for (let failed = true; failed; ) {
      const server = await deployed(way)
      await place.host.runAll([makeHome(server.layout)])
      await writeFile(join(tools, 'last'), `${interrupted + 1}`)
      await rm(join(tools, 'calls'), { force: true })
      const interrupting = place.host.withEnv({ PATH: `${tools}:${path}` }).perform(adopt(server.layout))
      failed = await interrupting.then(
        () => false,
        () => true,
      )
      if (failed) interrupted += 1
      expect(await readFile(server.at('dev/django/website/page'), 'utf8')).toBe('live, changed by hand')
      await takeOver(server.layout)
      await expectTakenOver(way, server)
      await rm(server.layout.root, { recursive: true })
    }
    expect(interrupted).toBeGreaterThan(15)
  })

  it('has what an aborted deploy left put aside', async () => {
    const server = await deployed('flat')
    await write(server.at('next/page'), 'half')
    await utimes(server.at('next'), new Date('2016-01-01T00:00:00Z'), new Date('2016-01-01T00:00:00Z'))
    await takeOver(server.layout)
    const { journal, leftOver } = await place.host.perform(lookAtHome(server.layout))
    expect(leftOver).toBeUndefined()
    expect(journal.find('2016-01-01_00-00-00-aborted')).toMatchObject({ status: 'aborted' })
    expect(await readFile(server.at('previous/2016-01-01_00-00-00-aborted/page'), 'utf8')).toBe('half')
  })

  it('is left alone when it is ours', async () => {
    const layout = new Layout(join(place.directory, 'ours'))
    await place.host.runAll([makeHome(layout)])
    await write(join(layout.release('r1'), 'page'), '')
    await symlink('previous/r1', layout.live)
    await writeFile(layout.journal, '{"at":"x","release":"r1","status":"live"}\n')
    const before = await stat(layout.journal)
    expect(await takeOver(layout)).toEqual([])
    expect((await stat(layout.journal)).mtimeMs).toBe(before.mtimeMs)
  })
})
