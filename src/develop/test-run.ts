import { posix } from 'node:path'
import { chosenEnvironment } from '../application/checkout.js'
import type { Django } from '../application/django.js'
import { checkoutPlace } from '../application/place.js'
import { ask, type Command, change } from '../command/command.js'
import type { CommandResult } from '../command/result.js'
import { script } from '../command/script.js'
import type { Database } from '../database/database.js'
import { CommandError } from '../errors/command-error.js'
import { OptionError } from '../errors/option-error.js'
import { type CallOptions, Host } from '../host/host.js'
import { stopwatch } from '../support/clock.js'
import type { Virtualenv } from '../virtualenv/virtualenv.js'
import { develop } from './develop.js'

/** Which tests are run, and how. */
export interface TestRunOptions {
  /** The checkout. @defaultValue the working directory */
  readonly directory?: string
  /** Whose settings are put in force. @defaultValue those in force; with `ci` `ci`, if the project has settings for it */
  readonly environment?: string
  /** @defaultValue none: the tests are run with `python3` */
  readonly virtualenv?: Virtualenv
  readonly application: Django
  /** For `ci`: the database that is made, and emptied. @defaultValue none */
  readonly database?: Database
  /** What is tested: names of applications, modules or classes, as the runner takes them. @defaultValue all */
  readonly only?: readonly string[]
  /** Who runs them. `pytest` has to be installed with pytest-django. @defaultValue `django`: `manage.py test` */
  readonly runner?: 'django' | 'pytest'
  /** Whether lines are counted; `auto`: if coverage.py is installed. @defaultValue `auto` */
  readonly coverage?: 'auto' | boolean
  /** True: begins with fresh settings, a virtualenv as is required, and an empty database. @defaultValue false */
  readonly ci?: boolean
  /** Gets what the tests print, while they do. */
  readonly onOutput?: (text: string) => void
  /** Aborting it ends the tests. */
  readonly signal?: AbortSignal
}

/** How tests ended. */
export interface TestRunResult {
  readonly passed: boolean
  /** How many were run. */
  readonly tests: number
  /** Percentage of lines that were run; undefined if nobody counted. */
  readonly coverage: number | undefined
  readonly environment: string
  readonly durationMs: number
}

const PERCENTAGE = "import json, sys; print(json.load(sys.stdin)['totals']['percent_covered'])"

function testCommand(
  { runner = 'django', only = [] }: TestRunOptions,
  python: string,
  counted: boolean,
): Command {
  const counting = counted ? ['-m', 'coverage', 'run', '--source=.'] : []
  const words = runner === 'pytest' ? ['-m', 'pytest', ...only] : ['manage.py', 'test', '--noinput', ...only]
  return change`${[python, ...counting, ...words]}`
}

/** How many tests the runner says it has run. */
function countOf({ stdout, stderr }: CommandResult): number | undefined {
  const ran = /^Ran (\d+) tests? in /m.exec(stderr)?.[1]
  if (ran !== undefined) return Number(ran)
  const summary = stdout.split('\n').findLast(line => / in [\d.]+s/.test(line)) ?? ''
  const counts = [...summary.matchAll(/(\d+) (?:passed|failed|errors?)\b/g)].map(([, count]) => Number(count))
  return counts.length > 0 ? counts.reduce((sum, count) => sum + count, 0) : undefined
}

async function beginAfresh(options: TestRunOptions, host: Host, directory: string): Promise<string> {
  const { application, virtualenv, database, onOutput, signal } = options
  const [asked] = await host.runAll([application.settings.environments(directory)])
  const environment = options.environment ?? (asked?.lines.slice(1).includes('ci') ? 'ci' : undefined)
  const chosen = await chosenEnvironment(host, application, environment)
  if (chosen !== 'production') await host.runAll([application.settings.forget(directory)])
  const { environment: made } = await develop({
    directory,
    application,
    environment: chosen,
    ...(virtualenv && { virtualenv }),
    ...(database && { database, emptyDatabase: true }),
    ...(onOutput && { onOutput }),
    ...(signal && { signal }),
  })
  return made
}

/**
 * Runs the tests of a Django project in a checkout, all or some, and counts lines where coverage.py is installed. With
 * `ci` it makes everything ready for it first: what is private to the machine anew, the virtualenv, an empty database.
 *
 * Tests that fail are no error: see {@link TestRunResult.passed}. On a server {@link manage} runs them.
 *
 * @throws {@link OptionError} with the settings of production
 * @throws {@link CommandError} when no test could be run
 *
 * @example
 * ```ts
 * const { passed, tests, coverage } = await runTests({ virtualenv, application, only: ['visits'] })
 * ```
 */
export async function runTests(options: TestRunOptions): Promise<TestRunResult> {
  const elapsed = stopwatch()
  const { application, virtualenv, coverage = 'auto', ci = false, onOutput, signal } = options
  const directory = posix.resolve(options.directory ?? '.')
  await using machine = Host.local()
  const host = machine.within(directory)
  if (options.environment === 'production') refuse()
  const environment = ci
    ? await beginAfresh(options, host, directory)
    : await chosenEnvironment(host, application, options.environment)
  if (environment === 'production') refuse()
  const place = checkoutPlace(directory, environment, virtualenv)
  const { python = 'python3' } = place
  if (!ci && options.environment !== undefined) await host.perform(application.linkSettings(place))
  const project = host.within(application.path)
  const counted = coverage === true || (coverage === 'auto' && (await hasCoverage(project, python)))
  const calls: CallOptions = {
    ...(signal && { signal }),
    ...(onOutput && { onOutput: (_, chunk) => onOutput(chunk.toString()) }),
  }
  const command = testCommand(options, python, counted)
  const result = await project.perform(
    script([command.acceptingAny()], ([only]) => only),
    calls,
  )
  const tests = countOf(result)
  if (tests === undefined) throw new CommandError(result, 'run the tests')
  return {
    passed: result.exitCode === 0,
    tests,
    coverage: counted ? await percentage(project, python) : undefined,
    environment,
    durationMs: elapsed(),
  }
}

function refuse(): never {
  throw new OptionError('environment', 'tests are never run with the settings of production')
}

async function hasCoverage(host: Host, python: string): Promise<boolean> {
  const [found] = await host.runAll([ask`${python} -c ${'import coverage'} 2>/dev/null`.acceptingAny()])
  return found?.exitCode === 0
}

async function percentage(host: Host, python: string): Promise<number> {
  const { stdout } = await host.ask`${python} -m coverage json -q -o - | ${python} -c ${PERCENTAGE}`
  return Number(stdout)
}
