import { type Plan, planMarkdown, planText } from 'dye-deploy'
import { expect, it } from 'vitest'

const PLAN: Plan = {
  project: 'carers',
  environment: 'production',
  source: 'branch main of git@git.example.org:carers.git',
  live: { release: '2026-11-24_09-12-41', revision: 'a'.repeat(40) },
  revision: 'b'.repeat(40),
  commits: [
    {
      revision: 'b'.repeat(40),
      author: 'Ann',
      date: '2026-11-25T10:00:00Z',
      subject: 'A | <b>bold</b> *thing*',
    },
  ],
  pendingMigrations: ['visits.0002_note'],
  migrationsAreSure: true,
  requirements: ['-Django==4.2.1', '+Django==4.2.2'],
  downtime: { expected: true, usualMs: 2500 },
  steps: [
    { step: 'check-disk', host: 'web1', what: 'nothing', note: '40 % in use' },
    {
      step: 'check-live-changes',
      host: 'web1',
      what: 'ask',
      note: '2 files of the live release were changed by hand',
    },
    { step: 'migrate-database', host: 'web1', what: 'change', note: 'visits.0002_note' },
  ],
  hooks: [{ moment: 'postDeploy', description: 'rebuild the search index' }],
  warnings: [],
  isClear: false,
}

it('is told as text', () => {
  expect(planText(PLAN)).toBe(`\
carers (production): branch main of git@git.example.org:carers.git, from aaaaaaaaaa to bbbbbbbbbb
migrations: visits.0002_note; the site will be off, usually for 2.5 s

· check-disk          40 % in use
? check-live-changes  2 files of the live release were changed by hand
+ migrate-database    visits.0002_note

New commits:
  bbbbbbbbbb A | <b>bold</b> *thing* (Ann)

Requirements that change:
  -Django==4.2.1
  +Django==4.2.2

Functions of yours, which a plan does not call:
  postDeploy: rebuild the search index

It would stop: see what asks (?) or fails (✖).`)
})

it('names the hosts where there are several', () => {
  const [first] = PLAN.steps
  const steps = ['web1', 'web2'].map(
    host => ({ ...first, host, step: 'check-disk', what: 'nothing', note: 'x' }) as const,
  )
  expect(planText({ ...PLAN, steps, isClear: true })).toMatch(
    /web1: x\n. check-disk {10}web2: x\n[\s\S]*Nothing that was seen would stop it\.$/,
  )
})

it('is told as Markdown, in which nothing that others wrote has a meaning', () => {
  const text = planMarkdown(PLAN)
  expect(text).toMatch(/^### 🛑 carers \(production\)/)
  expect(text).toContain('- bbbbbbbbbb A \\| \\<b\\>bold\\</b\\> \\*thing\\* (Ann)')
  expect(text).toContain(
    '| check-live-changes | web1 | asks | 2 files of the live release were changed by hand |',
  )
  expect(planMarkdown({ ...PLAN, isClear: true })).toMatch(/^### ✅/)
})
