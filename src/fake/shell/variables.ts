interface Variable {
  readonly value: string | undefined
  readonly exported: boolean
}

/** The variables of a shell. */
export class Variables {
  readonly #variables: Map<string, Variable>
  /** What functions under way have made their own: the values from before. */
  readonly #saved: Map<string, Variable | undefined>[] = []

  constructor(variables: Iterable<readonly [string, Variable]> = []) {
    this.#variables = new Map(variables)
  }

  /** Those of an environment. */
  static of(environment: ReadonlyMap<string, string>): Variables {
    return new Variables([...environment].map(([name, value]) => [name, { value, exported: true }]))
  }

  /** The same variables for a child shell. */
  copy(): Variables {
    return new Variables(this.#variables)
  }

  get(name: string): string | undefined {
    return this.#variables.get(name)?.value
  }

  set(name: string, value: string | undefined): void {
    this.#variables.set(name, { value, exported: this.#variables.get(name)?.exported ?? false })
  }

  export(name: string): void {
    this.#variables.set(name, { value: this.get(name), exported: true })
  }

  unset(name: string): void {
    this.#variables.delete(name)
  }

  /** What programs get to see. */
  get environment(): Map<string, string> {
    const exported = [...this.#variables].filter(([, { value, exported: is }]) => is && value !== undefined)
    return new Map(exported.map(([name, { value = '' }]) => [name, value]))
  }

  /** Sets and exports variables for a while; the function that is returned puts back what was. */
  lend(values: readonly (readonly [string, string])[]): () => void {
    const before = values.map(([name]) => [name, this.#variables.get(name)] as const)
    for (const [name, value] of values) this.#variables.set(name, { value, exported: true })
    return () => this.#restore(before)
  }

  /** A function begins. */
  enter(): void {
    this.#saved.push(new Map())
  }

  /** Makes a variable the function's own. */
  local(name: string): void {
    const saved = this.#saved.at(-1)
    if (saved && !saved.has(name)) saved.set(name, this.#variables.get(name))
  }

  /** A function ends. */
  leave(): void {
    this.#restore(this.#saved.pop() ?? [])
  }

  #restore(variables: Iterable<readonly [string, Variable | undefined]>): void {
    for (const [name, variable] of variables) {
      if (variable) this.#variables.set(name, variable)
      else this.#variables.delete(name)
    }
  }
}
