// develop.ts
import { Django, develop, installManageWrapper, Virtualenv } from 'dye-deploy'

const result = await develop({
  virtualenv: Virtualenv.at('django/website/.ve')
    .requirements('deploy/pip_packages.txt')
    .systemSitePackages(),
  application: Django.at('django/website'),
  onStep: ({ step, changed, note }) => console.log(changed ? '+' : ' ', step, note),
})
console.log(result.changed ? `ready for ${result.environment}` : 'there was nothing to do')

// a manage.py that nobody has to activate a virtualenv for
await installManageWrapper({ project: 'django/website' })
