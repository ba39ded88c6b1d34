import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { build } from 'tsup'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const GIBIBYTE = 1_073_741_824
const LIMIT_MIB = 150

/** What a controller is that runs a command, in a process of its own, and says how much memory it ever had. */
const programFor = (library: string, command: string) => `
  import { Host, ask } from ${JSON.stringify(library)}
  const host = Host.local()
  let bytes = 0
  const before = process.resourceUsage().maxRSS
  const [result] = await host.runAll([ask\`${command}\`], { onOutput: (_, chunk) => { bytes += chunk.length } })
  const kept = result.stdoutBytes.length
  const after = process.resourceUsage().maxRSS
  await host.close()
  console.log(JSON.stringify({ bytes, kept, before, after }))`

describe('the memory of a controller', () => {
  let directory: string
  let library: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dye-memory-'))
    // built, as its users have it: what is measured is not the compiler's
    const outDir = join(directory, 'built')
    await mkdir(outDir)
    await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
    const entry = [join(ROOT, 'src', 'index.ts')]
    await build({ config: false, entry, outDir, format: 'esm', target: 'node20', silent: true })
    library = join(outDir, 'index.js')
  }, 60_000)

  afterAll(() => rm(directory, { recursive: true, force: true }))

  it.each([
    ['in lines', `yes 'one line of many' | head -c ${GIBIBYTE}`],
    ['without a line end', `head -c ${GIBIBYTE} /dev/zero | tr '\\0' x`],
    ['of what a marker begins with', `head -c ${GIBIBYTE} /dev/zero | tr '\\0' '\\036'`],
  ])('stays small while a command prints a gigabyte %s', { timeout: 120_000 }, async (what, command) => {
    const program = programFor(library, command)
    const { stdout } = await execa('node', ['--input-type=module', '-e', program], { stdin: 'ignore' })
    const { bytes, kept, before, after } = JSON.parse(stdout)
    console.log(`a gigabyte ${what}: ${before >> 10} MiB before, ${after >> 10} MiB at most`)
    expect(bytes).toBe(GIBIBYTE)
    expect(kept).toBeLessThan(11 << 20) // its head and its tail
    expect(after / 1024).toBeLessThan(LIMIT_MIB)
  })
})
