/**
 * A user's deployfile, in a process of its own; prints what it cost.
 * Argument: JSON with address, identityFile, knownHosts, tag and withHooks.
 */
const startUpMs = performance.now() // since the process began
const startUpCpu = process.cpuUsage()
const { Database, deploy, Django, git, Host, Release, Virtualenv, WebServer } = await import('dye-deploy')

const { address, identityFile, knownHosts, tag, withHooks } = JSON.parse(process.argv[2] ?? '')
const loadedMs = performance.now()
let called = 0
const hook = async () => {
  called += 1
}
const STEPS = [
  ...['acquire-lock', 'check-disk', 'check-live-changes', 'check-branch', 'prepare-release', 'fetch-source'],
  ...['clean-bytecode', 'build-virtualenv', 'link-settings', 'ensure-database', 'collect-assets'],
  ...['test-configuration', 'site-off', 'dump-database', 'migrate-database', 'switch-release', 'reload'],
  ...['check-health', 'site-on', 'link-cron', 'schedule-dumps', 'prune-releases', 'release-lock'],
]

const result = await deploy({
  project: 'carers',
  environment: 'production',
  hosts: [Host.ssh(`deploy@${address}`, { identityFile, knownHosts })],
  source: git('/srv/git/carers.git').tag(tag),
  release: Release.under('/var/django').keep(5).share('django/website/uploads'),
  virtualenv: Virtualenv.at('django/website/.ve')
    .requirements('deploy/pip_packages.txt')
    .python('>=3.9')
    .systemSitePackages(),
  application: Django.at('django/website'),
  database: Database.mysql({ name: 'carers' }),
  webServer: WebServer.apache('apache/production.conf'),
  ...(withHooks && { hooks: { after: Object.fromEntries(STEPS.map(step => [step, hook])) } }),
})

const { user, system } = process.cpuUsage()
const { maxRSS } = process.resourceUsage()
console.log(
  JSON.stringify({
    outcome: result.outcome,
    error: result.error?.message,
    warnings: result.warnings,
    roundTrips: result.roundTrips,
    connections: result.connections,
    deployMs: result.durationMs,
    called,
    startUpMs,
    loadMs: loadedMs - startUpMs,
    cpuMs: (user + system) / 1000,
    startUpCpuMs: (startUpCpu.user + startUpCpu.system) / 1000,
    maxRssMb: (maxRSS * 1024) / 1e6,
    slowest: process.env.DYE_BENCH_STEPS
      ? result.steps.map(({ step, durationMs }) => `${step} ${Math.round(durationMs)}`)
      : undefined,
  }),
)
