import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Host, Virtualenv } from 'dye-deploy'
import { execa } from 'execa'
import { printTable, ratio, Series } from './measure.js'

/** Thirty requirements of a site, all pinned; the first of them is the one that changes. */
const PINS = `
asgiref==3.8.1 attrs==24.2.0 blinker==1.8.2 certifi==2024.8.30 charset-normalizer==3.4.0 click==8.1.7 Django==4.2.16
docutils==0.21.2 Flask==3.0.3 gunicorn==23.0.0 idna==3.10 itsdangerous==2.2.0 Jinja2==3.1.4 MarkupSafe==3.0.2
packaging==24.1 pyparsing==3.2.0 python-dateutil==2.9.0.post0 python-dotenv==1.0.1 pytz==2024.2 PyYAML==6.0.2
requests==2.32.3 simplejson==3.19.3 sqlparse==0.5.1 toml==0.10.2 typing_extensions==4.12.2 tzdata==2024.2
urllib3==2.2.3 Werkzeug==3.0.6 whitenoise==6.7.0`
  .trim()
  .split(/\s+/)
const CHANGED = ['six==1.16.0', 'six==1.17.0']

type Build = () => Promise<void>

/** Compares how long an environment takes when one of its pins has changed, and all packages are in the cache. */
export async function benchVirtualenvs(runs: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'dye-bench-'))
  await using host = Host.local()
  const cache = join(directory, 'cache')
  const file = join(directory, 'requirements.txt')
  const here = host.within(directory)
  const pip: Build = async () => {
    const target = join(directory, 'plain')
    await rm(target, { recursive: true, force: true })
    await execa('python3', ['-m', 'venv', target])
    const words = ['install', '--quiet', '--disable-pip-version-check', '--cache-dir', cache, '-r', file]
    await execa(join(target, 'bin/pip'), words)
  }
  const ours = (installer: 'pip' | 'uv'): Build => {
    const described = Virtualenv.at(installer).requirements(file).interpreter('python3').installer(installer)
    return async () => {
      const { changed } = await described.cache(cache).inPlace().ensure(here)
      if (!changed) throw new Error('it was not built')
    }
  }
  const { failed: noUv } = await execa('uv', ['--version'], { reject: false })
  const ways = new Map<string, Build>([
    ['python3 -m venv, pip install', pip],
    ['ensure(), pip', ours('pip')],
    ...(noUv ? [] : [['ensure(), uv', ours('uv')] as const]),
  ])
  const times = new Map([...ways.keys()].map(name => [name, new Series()]))
  try {
    await mkdir(cache)
    for (let run = -2; run < runs; run += 1) {
      // each pin once to fill the caches
      await writeFile(file, [...PINS, CHANGED[Math.abs(run) % 2]].join('\n'))
      for (const [name, build] of ways) {
        const start = performance.now()
        await build()
        if (run >= 0) times.get(name)?.add(performance.now() - start)
      }
    }
    const [plain = new Series()] = times.values()
    printTable([
      [`one of ${PINS.length + 1} pins changed`, 'time', 'ratio'],
      ...[...times].map(([name, series]) => [name, series.seconds, ratio(series, plain)]),
    ])
    if (noUv) console.log('there is no uv')
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
