import { expect, it } from 'vitest'
import { ask } from '../../../src/command/command.js'
import { missingPrograms, type Program, readMissing } from '../../../src/command/program.js'
import { script } from '../../../src/command/script.js'
import { Host } from '../../../src/host/host.js'

const PROGRAMS: readonly Program[] = [
  { names: ['sh'], package: 'dash' },
  { names: ['no-such-program', 'sh'], package: 'any' },
  { names: ['no-such-program', 'nor-this'], title: 'that program', package: 'that' },
  { names: ['sh'], title: 'a newer sh', package: 'dash', proof: ask`echo 'sh 1'; echo 'of old'; exit 3` },
  { names: ['sh'], title: 'a good sh', package: 'dash', proof: ask`echo good` },
  { names: ['nor-this'], package: 'this', proof: ask`echo 'is not run'` },
]

async function missing(proving: boolean) {
  await using host = Host.local()
  const look = missingPrograms(PROGRAMS, proving ? ask`:` : ask`false`)
  const found = await host.perform(script([look], ([{ lines }]) => readMissing(PROGRAMS, lines)))
  return found.map(({ program, found }) => [PROGRAMS.indexOf(program), found])
}

it('tells which programs are missing, and which will not do', async () => {
  expect(await missing(true)).toEqual([
    [2, undefined],
    [3, 'sh 1;of old'],
    [5, undefined],
  ])
})

it('lets none prove that it will do, where that is not wanted', async () => {
  expect(await missing(false)).toEqual([
    [2, undefined],
    [5, undefined],
  ])
})
