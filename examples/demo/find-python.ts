import { join } from 'node:path'
import { CommandError, DyeError, type Host, Virtualenv } from 'dye-deploy'

const SYSTEM = '/usr/bin/python3'
const GOOD_ENOUGH = `
import sys, ensurepip, django
sys.exit('Django %s is too old' % django.get_version() if django.VERSION < (3, 2) else 0)`

/** A way to a Python environment with Django. */
export interface Found {
  readonly virtualenv: Virtualenv
  /** Where Django comes from, for people. */
  readonly from: string
}

/** Says in a line why something does not work, or nothing if it does. */
async function failureOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt
    return undefined
  } catch (error) {
    if (error instanceof CommandError) return error.stderr.split('\n').at(-1) || error.shortMessage
    if (error instanceof DyeError) return error.shortMessage
    throw error
  }
}

const advice = (why: string) => `The demo cannot run here.
${why}
It needs git, flock, Python 3.9 or newer with venv, and Django 3.2 or newer, which pip may fetch.
What to do: apt install git util-linux python3 python3-venv python3-django
  or, if only Django is missing, let pip reach a package index (PIP_INDEX_URL, PIP_FIND_LINKS).`

/** Looks whether pip can get Django, with a virtualenv that is made once and kept for the next run. */
async function tryIndex(host: Host, directory: string, requirements: string): Promise<void> {
  const trial = join(directory, 'trial')
  await Virtualenv.at(trial).python('>=3.9').ensure(host)
  const limits = ['--retries', 0, '--timeout', 5]
  const download = [`${trial}/bin/python`, '-m', 'pip', '--quiet', 'download', ...limits]
  await host.limitedBy({ timeout: 15_000 })
    .run`${download} --dest ${directory}/wheels --requirement ${requirements}`
}

/**
 * Finds out where Django can be had: from a package index, else from the system's Python.
 *
 * @returns what works, or what to do
 */
export async function findPython(
  host: Host,
  directory: string,
  requirements: string,
): Promise<Found | string> {
  const noTool = await failureOf(host.ask`
    for tool in python3 git flock; do command -v $tool || { echo "there is no $tool" >&2; exit 1; }; done`)
  if (noTool) return advice(noTool)
  const virtualenv = Virtualenv.at('django/website/.ve')
    .requirements('deploy/pip_packages.txt')
    .python('>=3.9')
  const noIndex = await failureOf(tryIndex(host, directory, requirements))
  if (!noIndex) return { virtualenv, from: 'a package index' }
  const noSystem = await failureOf(host.ask`${SYSTEM} -c ${GOOD_ENOUGH}`)
  if (noSystem) return advice(`From a package index: ${noIndex}\nFrom the system: ${noSystem}`)
  return {
    virtualenv: virtualenv.interpreter(SYSTEM).systemSitePackages(),
    from: `${SYSTEM}, since pip says: ${noIndex}`,
  }
}
