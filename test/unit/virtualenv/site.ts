import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach } from 'vitest'
import type { Host } from '../../../src/host/host.js'
import { Virtualenv } from '../../../src/virtualenv/virtualenv.js'
import { makeWheel } from '../../support/project-repository.js'
import { localPlace } from '../../support/temporary.js'

const VERSION = 'import greeting; print(greeting.VERSION)'

/** A directory for each test, with a file of requirements, and wheels of two versions of the package `greeting`. */
export class Site {
  readonly #place = localPlace()
  #number = 0
  /** Without requirements. */
  readonly described: Virtualenv

  constructor(installer: 'pip' | 'uv') {
    this.described = Virtualenv.at('.ve').installer(installer).offline()
    beforeAll(async () => {
      await mkdir(this.wheels)
      for (const version of ['1.0', '2.0']) await makeWheel(this.wheels, version)
    })
    beforeEach(async () => {
      this.#number += 1
      await mkdir(this.directory)
      await this.write('requirements.txt', 'greeting==1.0\n')
    })
  }

  get directory(): string {
    return join(this.#place.directory, String(this.#number))
  }

  get wheels(): string {
    return join(this.#place.directory, 'wheels')
  }

  get host(): Host {
    return this.#place.host.within(this.directory)
  }

  get virtualenv(): Virtualenv {
    return this.described.wheels(this.wheels).requirements('requirements.txt')
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(join(this.directory, file), text)
  }

  /** The version of the package that is installed. */
  async greeting(): Promise<string> {
    return (await this.host.ask`.ve/bin/python -c ${VERSION}`).stdout
  }
}
