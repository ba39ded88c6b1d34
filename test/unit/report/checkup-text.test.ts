import { type Checkup, checkupText } from 'dye-deploy'
import { expect, it } from 'vitest'

const CHECKUP: Checkup = {
  isWell: false,
  findings: [
    {
      host: 'web1',
      code: 'PROGRAM_MISSING',
      severity: 'error',
      message: 'there is no git',
      remedy: 'install it: apt-get install git',
    },
    {
      host: 'web2',
      code: 'CLOCK_SKEWED',
      severity: 'warning',
      message: 'its clock is 9 s ahead',
      remedy: 'set it',
    },
    { host: 'web2', code: 'X', severity: 'note', message: 'a\x1b[31mb', remedy: undefined },
  ],
}

it('is told as text, with what to do', () => {
  expect(checkupText(CHECKUP)).toBe(`\
✖ web1: there is no git (PROGRAM_MISSING)
    install it: apt-get install git
! web2: its clock is 9 s ahead (CLOCK_SKEWED)
    set it
· web2: ab (X)

A deploy would fail, or stop: see what is marked with ✖.`)
})

it('names no host where there is but one, and says when there is nothing', () => {
  const findings = CHECKUP.findings.slice(1, 2)
  expect(checkupText({ isWell: true, findings })).toBe(`\
! its clock is 9 s ahead (CLOCK_SKEWED)
    set it

Nothing that was found would keep a deploy from going live.`)
  expect(checkupText({ isWell: true, findings: [] })).toBe('Nothing is amiss.')
})
