import { posix } from 'node:path'
import type { FileAccess } from '../machine/file-access.js'

const FILES = ['local_settings.py', 'settings.py', '.env']

/** The settings of a Django project, as far as a deploy asks for them: what is read of the files without any Python. */
export class DjangoSettings {
  constructor(private readonly files: FileAccess) {}

  /** The value of a name of the database: `'NAME': 'x'`, `NAME = "x"` or `DB_NAME=x`. */
  value(name: string): string | undefined {
    for (const file of FILES) {
      const text = this.files.tryRead(file) ?? ''
      const [, literal, other] =
        new RegExp(`['"]${name}['"]\\s*:\\s*(?:['"]([^'"]*)['"]|(\\w+))`).exec(text) ?? []
      if (literal !== undefined) return literal
      if (other !== undefined) return this.#private(other)
      const [, plain] = new RegExp(`^DB_${name}=(.*)$`, 'm').exec(text) ?? []
      if (plain !== undefined) return plain.replace(/^(['"])(.*)\1$/, '$2')
    }
    return undefined
  }

  #private(name: string): string | undefined {
    const text = this.files.tryRead('private_settings.py') ?? ''
    return new RegExp(`^${name}\\s*=\\s*['"](.*)['"]`, 'm').exec(text)?.[1]
  }

  /** Which kind of database it has; undefined if none is named. */
  get engine(): string | undefined {
    return this.value('ENGINE')?.split('.').at(-1)
  }

  /** The file of the database, if it is SQLite's. */
  get databaseFile(): string | undefined {
    if (this.engine !== 'sqlite3') return undefined
    for (const file of FILES) {
      const [, written] = /['"]NAME['"]\s*:\s*(.*?),?\s*$/m.exec(this.files.tryRead(file) ?? '') ?? []
      const path = written === undefined ? undefined : this.#path(written, file)
      if (path !== undefined) return posix.resolve(this.files.cwd, path)
    }
    return undefined
  }

  /** A path as it is put together in a file: of texts, of `__file__` and directories above that, of names. */
  #path(expression: string, file: string): string | undefined {
    const parts = [...expression.matchAll(/['"]([^'"]*)['"]/g)].map(([, part = '']) => part)
    const base = this.#base(expression.replace(/['"][^'"]*['"]/g, ''), file)
    return base === undefined && parts.length === 0 ? undefined : posix.join(base ?? '', ...parts)
  }

  #base(expression: string, file: string): string | undefined {
    if (expression.includes('__file__')) {
      const above = expression.match(/\.parent\b|\bdirname\(/g) ?? []
      return above.reduce(path => posix.dirname(path), this.files.realPath(file) ?? file)
    }
    const name = /\b[A-Z][A-Z_]+\b/.exec(expression)?.[0]
    if (name === undefined) return undefined
    for (const each of [file, 'settings.py']) {
      const [, said] = new RegExp(`^${name}\\s*=\\s*(.*)$`, 'm').exec(this.files.tryRead(each) ?? '') ?? []
      if (said !== undefined) return this.#path(said, each)
    }
    return undefined
  }
}
