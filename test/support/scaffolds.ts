import type { ScaffoldOptions } from '../../src/develop/scaffold/scaffold-options.js'

/** What every project made by the tests is told. */
export const WANTED = {
  project: 'carers',
  host: 'deploy@web1.example.org',
  repository: 'git@git.example.org:carers.git',
  domain: 'carers.example.org',
} as const

/** All kinds of projects that there are, by a name for each: `normal-mysql-apache`. */
export const SCAFFOLDS: ReadonlyMap<string, Omit<ScaffoldOptions, 'directory'>> = new Map(
  (['normal', 'minimal'] as const).flatMap(kind =>
    (['sqlite', 'mysql', 'postgresql'] as const).flatMap(database =>
      (['apache', 'nginx'] as const).map(webServer => {
        const ci = webServer === 'apache' ? ('gitlab' as const) : ('github' as const)
        return [`${kind}-${database}-${webServer}`, { ...WANTED, kind, database, webServer, ci }] as const
      }),
    ),
  ),
)
