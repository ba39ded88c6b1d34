import { Deployment, type DeployOptions, type DeployResult, type Host, rollback } from 'dye-deploy'
import { type Answers, ask, askDuring } from './asking-client.js'
import { commitVersion2, createRepository } from './site-repository.js'
import { type Chapter, say } from './summary.js'

/** What the story is about. */
export interface Scene {
  readonly url: string
  readonly host: Host
  readonly repository: string
  readonly options: DeployOptions
  readonly signal: AbortSignal
}

/** Deploys, deploys with a migration, rolls back; ends early when one of them fails. */
export async function tell({ url, host, repository, options, signal }: Scene): Promise<readonly Chapter[]> {
  const deployment = new Deployment(options).skip('link-cron') // cron would need root
  const chapters: Chapter[] = []
  const add = async (title: string, version: number, result: DeployResult, answers?: Answers) => {
    signal.throwIfAborted()
    const ended = result.exitCode === 0
    const page = ended ? (await ask(url)).text : ''
    chapters.push({ title, version, result, page, ...(answers && { answers }) })
    return ended
  }

  say(`Version 1 goes to ${url}`)
  await createRepository(host, repository)
  const first = await deployment.run()
  if (!(await add('Version 1', 1, first))) return chapters

  say('Version 2 brings a migration, while a client asks for the page again and again')
  await commitVersion2(host, repository)
  const second = await askDuring(url, () => deployment.run())
  if (!(await add('Version 2', 2, second.result, second.answers))) return chapters

  say('Back to version 1, while the client goes on')
  const third = await askDuring(url, () => rollback(options))
  await add('Rollback', 1, third.result, third.answers)
  return chapters
}
