import type { Foretold, Plan, PlannedStep } from '../deploy/planning/plan.js'
import { duration } from './wording.js'

const MARK: Readonly<Record<Foretold, string>> = {
  change: '+',
  nothing: '·',
  skip: '-',
  ask: '?',
  fail: '✖',
  unknown: '~',
}

const WORD: Readonly<Record<Foretold, string>> = {
  change: 'will be done',
  nothing: 'nothing to do',
  skip: 'left out',
  ask: 'asks',
  fail: 'will fail',
  unknown: 'not known yet',
}

const STEP_WIDTH = 20
const SHORT = 10

function headline({ project, environment, source, live, revision }: Plan): string {
  const from = live ? `${live.revision?.slice(0, SHORT) ?? live.release}` : 'nothing'
  return `${project} (${environment}): ${source}, from ${from} to ${revision?.slice(0, SHORT) ?? 'what cannot be fetched'}`
}

function downtimeOf({ downtime: { expected, usualMs } }: Plan): string {
  if (!expected) return 'the site stays on'
  return `the site will be off${usualMs === undefined ? '' : `, usually for ${duration(usualMs)}`}`
}

function migrationsOf({ pendingMigrations, migrationsAreSure }: Plan): string {
  const names = pendingMigrations.join(', ') || 'none'
  return migrationsAreSure ? names : `${names} (judged by new files)`
}

/** What a plan says in any form, list by list; those that are empty are left out. */
function listsOf(plan: Plan): readonly (readonly [title: string, lines: readonly string[]])[] {
  const { commits, requirements, hooks, warnings } = plan
  const lists = [
    [
      'New commits',
      commits.map(({ revision, author, subject }) => `${revision.slice(0, SHORT)} ${subject} (${author})`),
    ],
    ['Requirements that change', requirements],
    [
      'Functions of yours, which a plan does not call',
      hooks.map(({ moment, description }) => `${moment}: ${description ?? '?'}`),
    ],
    ['Warnings', warnings],
  ] as const
  return lists.filter(([, lines]) => lines.length > 0)
}

function severalHosts({ steps }: Plan): boolean {
  return new Set(steps.map(({ host }) => host)).size > 1
}

/**
 * A plan as plain text, for a terminal or a log.
 *
 * @example
 * ```ts
 * console.log(planText(await plan(options)))
 * ```
 */
export function planText(plan: Plan): string {
  const several = severalHosts(plan)
  const line = ({ step, host, what, note }: PlannedStep) =>
    `${MARK[what]} ${step.padEnd(STEP_WIDTH)}${several ? `${host}: ` : ''}${note}`
  return [
    headline(plan),
    `migrations: ${migrationsOf(plan)}; ${downtimeOf(plan)}`,
    '',
    ...plan.steps.map(line),
    ...listsOf(plan).flatMap(([title, lines]) => ['', `${title}:`, ...lines.map(each => `  ${each}`)]),
    '',
    plan.isClear ? 'Nothing that was seen would stop it.' : 'It would stop: see what asks (?) or fails (✖).',
  ].join('\n')
}

/** Text that Markdown takes for nothing but text, in one cell of a table. */
function cell(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, '\\$&').replace(/\s+/g, ' ')
}

/**
 * A plan as Markdown, for a comment to a pull request.
 *
 * @example
 * ```ts
 * await writeFile('plan.md', planMarkdown(await plan(options)))
 * ```
 */
export function planMarkdown(plan: Plan): string {
  const { steps, isClear } = plan
  const row = ({ step, host, what, note }: PlannedStep) =>
    `| ${step} | ${cell(host)} | ${WORD[what]} | ${cell(note)} |`
  return [
    `### ${isClear ? '✅' : '🛑'} ${cell(headline(plan))}`,
    '',
    `**Migrations:** ${cell(migrationsOf(plan))}. **Downtime:** ${downtimeOf(plan)}.`,
    ...listsOf(plan).flatMap(([title, lines]) => [
      '',
      `**${title}**`,
      '',
      ...lines.map(each => `- ${cell(each)}`),
    ]),
    '',
    '<details><summary>Steps</summary>',
    '',
    '| step | host | | |',
    '| --- | --- | --- | --- |',
    ...steps.map(row),
    '',
    '</details>',
    '',
  ].join('\n')
}
