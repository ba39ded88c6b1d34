/** The version of this package: a project asks for one that is like it. */
export const VERSION = '0.1.0'

const PACKAGE = {
  private: true,
  type: 'module',
  scripts: {
    develop: 'tsx tasks/develop.ts',
    test: 'tsx --test deployfile.test.ts && tsx tasks/test.ts',
    typecheck: 'tsc',
    plan: 'tsx tasks/plan.ts',
    deploy: 'tsx tasks/deploy.ts',
    rollback: 'tsx tasks/rollback.ts',
  },
  devDependencies: {
    '@types/node': '^22.0.0',
    'dye-deploy': `^${VERSION}`,
    tsx: '^4.20.0',
    typescript: '^5.9.0',
  },
}

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    lib: ['ES2023', 'ESNext.Disposable'],
    module: 'NodeNext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['*.ts', 'tasks'],
}

const IGNORED = `node_modules/
__pycache__/
*.pyc
*.sqlite3
.coverage

# made by deploys and by npm run develop
/django/website/.ve
/django/website/local_settings.py
/django/website/private_settings.py
/django/website/static
/django/website/uploads
/django/website/data
`

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

/** What every project has on the side of Node, and of git: texts by paths. */
export const NODE_FILES: Readonly<Record<string, string>> = {
  'package.json': json(PACKAGE),
  'tsconfig.json': json(TSCONFIG),
  '.gitignore': IGNORED,
}
