/**
 * A developer whose `develop()` is killed: a program of its own. It says what it begins with.
 * Arguments: the checkout, and the step after which it is killed, or `amid` and milliseconds after the first step.
 */
import { Django, develop, Virtualenv } from 'dye-deploy'

const [directory = '', moment = '', milliseconds = '0'] = process.argv.slice(2)
const WEBSITE = 'django/website'
const die = () => process.kill(process.pid, 'SIGKILL')
await develop({
  directory,
  virtualenv: Virtualenv.at(`${WEBSITE}/.ve`)
    .requirements('deploy/pip_packages.txt')
    .interpreter('/usr/bin/python3')
    .systemSitePackages(),
  application: Django.at(WEBSITE),
  onStep: ({ step }) => {
    if (step === moment) die()
    if (moment === 'amid' && step === 'submodules') setTimeout(die, Number(milliseconds))
  },
})
console.log('it is still alive')
