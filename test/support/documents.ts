import { readFile } from 'node:fs/promises'

/** Examples that guides quote; other tests run them. */
export const QUOTED_BY_GUIDES = ['archive.ts', 'log-rotation.ts', 'watched.ts', 'web-app.ts']

/** A block of code in a document. */
export interface CodeBlock {
  readonly language: string
  readonly text: string
  /** What its first line says it is, if that is a comment with a file name. */
  readonly file: string | undefined
}

/** All blocks of code in a document, in order: `README.md`, `docs/web-servers.md`. */
export async function blocksOf(document: string): Promise<CodeBlock[]> {
  const text = await readFile(new URL(`../../${document}`, import.meta.url), 'utf8')
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', block = '']) => ({
    language,
    text: block,
    file: /^\/\/ (\S+\.ts)\n/.exec(block)?.[1],
  }))
}
