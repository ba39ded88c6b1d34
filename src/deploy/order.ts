import type { Step } from './step.js'
import { acquireLock } from './steps/acquire-lock.js'
import { buildVirtualenv } from './steps/build-virtualenv.js'
import { checkBalancer } from './steps/check-balancer.js'
import { checkBranch } from './steps/check-branch.js'
import { checkDisk } from './steps/check-disk.js'
import { checkHealth } from './steps/check-health.js'
import { checkLiveChanges } from './steps/check-live-changes.js'
import { cleanBytecode } from './steps/clean-bytecode.js'
import { collectAssets } from './steps/collect-assets.js'
import { dumpDatabase } from './steps/dump-database.js'
import { ensureDatabase } from './steps/ensure-database.js'
import { fetchSource } from './steps/fetch-source.js'
import { joinBalancer } from './steps/join-balancer.js'
import { leaveBalancer } from './steps/leave-balancer.js'
import { linkCron } from './steps/link-cron.js'
import { linkSettings } from './steps/link-settings.js'
import { migrateDatabase } from './steps/migrate-database.js'
import { prepareRelease } from './steps/prepare-release.js'
import { pruneReleases } from './steps/prune-releases.js'
import { releaseLock } from './steps/release-lock.js'
import { reload } from './steps/reload.js'
import { retireProcesses } from './steps/retire-processes.js'
import { scheduleDumps } from './steps/schedule-dumps.js'
import { siteOff } from './steps/site-off.js'
import { siteOn } from './steps/site-on.js'
import { startProcesses } from './steps/start-processes.js'
import { switchRelease } from './steps/switch-release.js'
import { testConfiguration } from './steps/test-configuration.js'

/** A deploy, from top to bottom. */
export const order: readonly Step[] = [
  acquireLock,
  checkDisk,
  checkBalancer,
  checkLiveChanges,
  checkBranch,
  prepareRelease,
  fetchSource,
  cleanBytecode,
  buildVirtualenv,
  linkSettings,
  ensureDatabase,
  collectAssets,
  testConfiguration,
  startProcesses,
  siteOff,
  dumpDatabase,
  migrateDatabase,
  leaveBalancer,
  switchRelease,
  reload,
  checkHealth,
  joinBalancer,
  siteOn,
  retireProcesses,
  linkCron,
  scheduleDumps,
  pruneReleases,
  releaseLock,
]
