// ci.ts
import { Django, runTests, Virtualenv } from 'dye-deploy'

const { passed, tests, coverage } = await runTests({
  virtualenv: Virtualenv.at('django/website/.ve')
    .requirements('deploy/pip_packages.txt')
    .systemSitePackages(),
  application: Django.at('django/website'),
  ci: true, // fresh settings, an empty database if one is given
  onOutput: text => process.stdout.write(text),
})
console.log(`${tests} tests, ${coverage?.toFixed(0) ?? 'uncounted'} % of the lines`)
process.exitCode = passed ? 0 : 1
