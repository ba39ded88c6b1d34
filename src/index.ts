export type { Application, AssetsResult } from './application/application.js'
export { Django } from './application/django.js'
export type { EnvironmentFileNames } from './application/environment-file.js'
export type { ApplicationUser } from './application/owner.js'
export { Php, type PhpMigrations, type WritableBy } from './application/php.js'
export type { ApplicationPlace } from './application/place.js'
export type { SettingsResult, SettingsStyle } from './application/settings-style.js'
export { ask, Command, type CommandMaker, change, Raw, raw, type Word } from './command/command.js'
export type { Program } from './command/program.js'
export { type CommandRecord, CommandResult } from './command/result.js'
export { type Script, script, together } from './command/script.js'
export type { Scrubber } from './command/scrubber.js'
export { Secret } from './command/secret.js'
export type { Administrator, Credentials, ServerDatabaseOptions } from './database/credentials.js'
export {
  Database,
  type DatabaseCallOptions,
  type DestroyOptions,
  type EnsureResult,
} from './database/database.js'
export type { DumpResult } from './database/dump.js'
export type { MysqlOptions } from './database/mysql.js'
export type { PostgresqlOptions } from './database/postgresql.js'
export type { SqliteOptions } from './database/sqlite.js'
export { type ClosingOptions, lock, unlock } from './deploy/afterwards/closing.js'
export type { LiveOptions, ProductionOptions } from './deploy/afterwards/live.js'
export {
  type ChangedDatabase,
  cleanDatabase,
  type DumpOptions,
  dumpDatabase,
  type RestoreOptions,
  restoreDatabase,
} from './deploy/afterwards/live-database.js'
export { type MaintenanceOptions, maintenance } from './deploy/afterwards/maintenance.js'
export { manage } from './deploy/afterwards/manage.js'
export { type PullOptions, type PullResult, type PullState, pull } from './deploy/afterwards/pull.js'
export { disableSite, enableSite, type SiteOptions } from './deploy/afterwards/site.js'
export { type HostStatus, type StatusOptions, status } from './deploy/afterwards/status.js'
export { type UpdateOptions, updateVirtualenv } from './deploy/afterwards/update-virtualenv.js'
export {
  pullUploads,
  pushUploads,
  type UploadsOptions,
  type UploadsResult,
} from './deploy/afterwards/uploads.js'
export { type Version, versions } from './deploy/afterwards/versions.js'
export { deploy, plan } from './deploy/deploy.js'
export { Deployment } from './deploy/deployment.js'
export type { Checkup, Finding, Severity } from './deploy/doctor/checkup.js'
export { doctor } from './deploy/doctor/doctor.js'
export type {
  DeployEvent,
  DeployEvents,
  DeployEventType,
  DeployListener,
  Happening,
  StepOnHost,
} from './deploy/events.js'
export {
  type BeforeFetch,
  described,
  type FailureState,
  type FetchedState,
  type Hook,
  type HookState,
  type Hooks,
  type StateAfter,
  type StateBefore,
} from './deploy/hooks.js'
export type { ProjectOptions } from './deploy/on-each.js'
export type { DeployOptions, LockOptions } from './deploy/options.js'
export type { Foretold, Plan, PlannedHook, PlannedStep } from './deploy/planning/plan.js'
export type { Answer, AnswerTo, Question, QuestionFacts, Questions } from './deploy/questions.js'
export { redeploy } from './deploy/redeploy.js'
export type { Action, DeployResult, HostOutcome, HostResult, Outcome, StepRecord } from './deploy/result.js'
export { type RollbackOptions, rollback } from './deploy/rollback.js'
export { RunningDeploy } from './deploy/running-deploy.js'
export type { RollbackStepName, StepName } from './deploy/step.js'
export type { DatabaseChoice } from './deploy/steps/plan-database.js'
export {
  type DevelopHooks,
  type DevelopOptions,
  type DevelopResult,
  type DevelopState,
  type DevelopStep,
  develop,
} from './develop/develop.js'
export {
  type DeployfileDraft,
  type DraftOptions,
  draftDeployfile,
} from './develop/draft/draft-deployfile.js'
export { installManageWrapper, type ManageWrapperOptions } from './develop/manage-wrapper.js'
export { type ScaffoldResult, scaffold } from './develop/scaffold/scaffold.js'
export type { ScaffoldDatabase, ScaffoldOptions } from './develop/scaffold/scaffold-options.js'
export { runTests, type TestRunOptions, type TestRunResult } from './develop/test-run.js'
export { BalancerError, type BalancerErrorCode } from './errors/balancer-error.js'
export { CancelledError } from './errors/cancelled-error.js'
export { CommandError, type FailedCommand } from './errors/command-error.js'
export { ComposerError, type ComposerErrorCode } from './errors/composer-error.js'
export { ConfigurationError } from './errors/configuration-error.js'
export { ConnectionError } from './errors/connection-error.js'
export { DatabaseError, type DatabaseErrorCode } from './errors/database-error.js'
export { DumpError } from './errors/dump-error.js'
export { DyeError, type ErrorAccount } from './errors/dye-error.js'
export { FileError } from './errors/file-error.js'
export { HealthError } from './errors/health-error.js'
export { HookError } from './errors/hook-error.js'
export { HostKeyError } from './errors/host-key-error.js'
export { LockError, type LockOwner } from './errors/lock-error.js'
export { NotificationError } from './errors/notification-error.js'
export { OptionError } from './errors/option-error.js'
export { QuestionError } from './errors/question-error.js'
export { ReleaseError, type ReleaseErrorCode } from './errors/release-error.js'
export { RequirementError } from './errors/requirement-error.js'
export { ServiceError, type ServiceErrorCode } from './errors/service-error.js'
export { SourceError, type SourceErrorCode } from './errors/source-error.js'
export { SudoError, type SudoErrorCode } from './errors/sudo-error.js'
export { TransferError } from './errors/transfer-error.js'
export { VirtualenvError, type VirtualenvErrorCode } from './errors/virtualenv-error.js'
export type {
  Connection,
  FileChannel,
  FileTimes,
  HostProcess,
  OutputListener,
  PerformOptions,
  ProcessEnd,
  ProcessStarter,
  Shell,
} from './host/connection.js'
export type { FileAttributes } from './host/files/file-scripts.js'
export type { FileStat } from './host/files/file-stat.js'
export { Files, type WriteOptions } from './host/files/files.js'
export { TemporaryDirectory } from './host/files/temporary-directory.js'
export { type CallOptions, type CommandRunner, Host } from './host/host.js'
export type { HostKeyPolicy, Jump, LocalOptions, SshOptions } from './host/host-options.js'
export type { CallLimits } from './host/limits.js'
export type { RunningCommand } from './host/running-command.js'
export type { SudoPassword, SudoPasswordOption } from './host/sudo.js'
export type {
  TransferOptions,
  TransferProgress,
  TransferResult,
  TransferWay,
} from './host/transfer/transfer-options.js'
export type { SkippedEntry } from './host/transfer/tree.js'
export type { JournalEntry, RecordedDowntime, ReleaseStatus } from './release/journal.js'
export type { Layout, LayoutNames, LayoutPreset } from './release/layout.js'
export type { LockState } from './release/lock.js'
export { Release } from './release/release.js'
export type { SharedPath } from './release/shared-files.js'
export { checkupText } from './report/checkup-text.js'
export { type GithubActionsOptions, githubActions } from './report/github-actions.js'
export { type InterruptibleOptions, interruptible } from './report/interruptible.js'
export { jsonLines } from './report/json-lines.js'
export { type NotifyOptions, notify } from './report/notify.js'
export {
  type OpenTelemetryOptions,
  openTelemetry,
  type SpanTracer,
  type TracedSpan,
} from './report/open-telemetry.js'
export { planMarkdown, planText } from './report/plan-text.js'
export { type PromptOptions, passwordPrompt, prompts } from './report/prompts.js'
export type { ReportStream } from './report/screen.js'
export { type TerminalOptions, terminal } from './report/terminal.js'
export { timeline } from './report/timeline.js'
export {
  type AppProcessOptions,
  AppServer,
  type AppServerOptions,
  type PhpFpmOptions,
  type UwsgiOptions,
} from './service/app-server.js'
export type { ProcessKeeper } from './service/keeper/keeper.js'
export type { Process, ProcessPlace } from './service/process.js'
export { type ServiceAction, type ServiceStatus, SystemService } from './service/system-service.js'
export { UnitProcess } from './service/unit-process.js'
export { Worker, type WorkerOptions } from './service/worker.js'
export type { Branches } from './source/branch-check.js'
export { Cvs, cvs } from './source/cvs.js'
export { Directory, directory } from './source/directory.js'
export { Git, git } from './source/git.js'
export type { Commit, Fetched, FetchPlace, Source } from './source/source.js'
export { Subversion, subversion } from './source/subversion.js'
export type { Duration } from './support/clock.js'
export type { IndexLogin } from './virtualenv/package-index.js'
export type { Installer, PyprojectOptions } from './virtualenv/settings.js'
export {
  type EnsureVirtualenvOptions,
  Virtualenv,
  type VirtualenvResult,
} from './virtualenv/virtualenv.js'
export type { Apache } from './web-server/apache.js'
export type { Balancer, BalancerMove, BalancerSession } from './web-server/balancer.js'
export type { ConfiguredServer } from './web-server/configured-server.js'
export type { Downtime } from './web-server/downtime.js'
export { HaProxy, type HaProxyOptions } from './web-server/haproxy.js'
export {
  type HealthAnswer,
  type HealthCheck,
  type HealthOptions,
  type HealthTalk,
  healthCheck,
} from './web-server/health-check.js'
export type { Nginx } from './web-server/nginx.js'
export { Site } from './web-server/site.js'
export type { FilesOptions, ListenOptions, SiteTextPlace, WsgiOptions } from './web-server/site-settings.js'
export { type ConfigurationTest, type SiteHome, type SitePlace, WebServer } from './web-server/web-server.js'
export type { WebServerService } from './web-server/web-server-service.js'
