import { get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

/** What a client got that asked for the page again and again. */
export interface Answers {
  /** How often the page came, by its version. */
  readonly pages: Record<string, number>
  /** How often the maintenance page came. */
  maintenance: number
  /** Requests that were refused or broken off, or answered otherwise. */
  readonly failed: string[]
  /** From the first answer that was not the page to the first page after it. */
  downtimeMs: number
  /** True as long as each page had a higher visitor's number than the one before. */
  inOrder: boolean
}

interface Answer {
  readonly status: number
  readonly text: string
}

/** Time for a last look, once what the client watches has ended. */
const AFTERWARDS_MS = 300

/** Gets a page; never rejects. */
export function ask(url: string): Promise<Answer> {
  return new Promise(resolve => {
    const failed = (error: Error) => resolve({ status: 0, text: error.message })
    const request = get(url, { agent: false, timeout: 10_000 }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk)).on('error', failed)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: `${Buffer.concat(chunks)}` }),
      )
    })
    request.on('error', failed).on('timeout', () => request.destroy(new Error('no answer in 10 s')))
  })
}

/** Asks for a page without pause while something is done, and tells what came back. */
export async function askDuring<T>(
  url: string,
  act: () => Promise<T>,
): Promise<{ result: T; answers: Answers }> {
  const answers: Answers = { pages: {}, maintenance: 0, failed: [], downtimeMs: 0, inOrder: true }
  let going = true
  let offSince: number | undefined
  let visitor = 0
  const judge = ({ status, text }: Answer) => {
    const version = /<h1>This is version (\d)/.exec(text)?.[1]
    if (status === 200 && version) {
      const number = Number(/visitor number (\d+)/.exec(text)?.[1])
      answers.inOrder &&= number > visitor
      visitor = number
      answers.pages[version] = (answers.pages[version] ?? 0) + 1
      if (offSince !== undefined) answers.downtimeMs += performance.now() - offSince
      offSince = undefined
    } else {
      offSince ??= performance.now()
      if (status === 503) answers.maintenance += 1
      else answers.failed.push(`${status || 'failed'}: ${text.slice(0, 100)}`)
    }
  }
  const asking = (async () => {
    for (; going; await wait(3)) judge(await ask(url))
  })()
  try {
    const result = await act()
    await wait(AFTERWARDS_MS)
    return { result, answers }
  } finally {
    going = false
    await asking
  }
}
