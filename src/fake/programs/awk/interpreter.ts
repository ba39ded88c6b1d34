import { formatted } from '../../shell/printf.js'
import type { Process } from '../../shell/process.js'
import { unexpected } from '../../unexpected.js'
import { Evaluation } from './evaluation.js'
import type { AwkProgram, Rule, Statement } from './syntax.js'
import { isTrue, numberOf, Outside, textOf, type Value } from './values.js'

class Leave {
  constructor(
    readonly kind: 'next' | 'break' | 'continue' | 'exit' | 'return',
    readonly value?: Value,
  ) {}
}

/** Runs a program of awk. */
export class AwkRun extends Evaluation {
  #code = 0

  constructor(
    private readonly program: AwkProgram,
    process: Process,
  ) {
    super(program.functions, process)
  }

  run(paths: readonly string[]): number {
    const rules = (when: Rule['when']) => this.program.rules.filter(rule => rule.when === when)
    const actions = (when: Rule['when']) => () => {
      for (const { action } of rules(when)) if (action) this.#execute(action)
    }
    for (const [index, word] of ['awk', ...paths].entries())
      this.array('ARGV').set(String(index), new Outside(word))
    this.globals.set('ARGC', paths.length + 1)
    if (!this.#goesOn(actions('BEGIN'))) return this.#code
    if (rules('line').length + rules('END').length > 0) this.#read(rules('line'))
    this.#goesOn(actions('END'))
    return this.#code
  }

  /** False if the program ends by that. */
  #goesOn(act: () => void): boolean {
    try {
      act()
      return true
    } catch (leave) {
      if (!(leave instanceof Leave)) throw leave
      if (leave.value !== undefined) this.#code = numberOf(leave.value)
      return leave.kind !== 'exit'
    }
  }

  #read(rules: readonly Rule[]): void {
    const count = numberOf(this.globals.get('ARGC'))
    const named = Array.from({ length: count - 1 }, (_, index) =>
      textOf(this.array('ARGV').get(String(index + 1))),
    )
    let number = 0
    for (const file of named.length > 0 ? named : ['-']) {
      const text = this.process.content(file)
      if (text === undefined) this.#code = 2
      this.globals.set('FILENAME', file === '-' ? '' : file)
      const records = (text ?? '').split('\n')
      if (records.at(-1) === '') records.pop()
      for (const [index, record] of records.entries()) {
        number += 1
        this.globals.set('NR', number).set('FNR', index + 1)
        this.setRecord(record)
        if (!this.#goesOn(() => this.#apply(rules))) return
      }
    }
  }

  #apply(rules: readonly Rule[]): void {
    for (const { pattern, action } of rules) {
      if (pattern && !isTrue(this.evaluate(pattern))) continue
      if (action) this.#execute(action)
      else this.process.out(`${this.record}\n`)
    }
  }

  protected override call(body: Statement): Value {
    try {
      this.#execute(body)
      return ''
    } catch (leave) {
      if (leave instanceof Leave && leave.kind === 'return') return leave.value ?? ''
      throw leave
    }
  }

  #execute(statement: Statement): void {
    switch (statement.kind) {
      case 'block':
        for (const each of statement.body) this.#execute(each)
        return
      case 'expression':
        this.evaluate(statement.value)
        return
      case 'print':
      case 'printf':
        this.#print(statement)
        return
      case 'if':
        if (isTrue(this.evaluate(statement.condition))) this.#execute(statement.then)
        else if (statement.otherwise) this.#execute(statement.otherwise)
        return
      case 'for':
        if (statement.start) this.#execute(statement.start)
        while (isTrue(this.evaluate(statement.condition)) && this.#turn(statement.body)) {
          if (statement.step) this.#execute(statement.step)
        }
        return
      case 'each':
        for (const key of [...this.array(statement.name).keys()]) {
          this.setVariable(statement.variable, new Outside(key))
          if (!this.#turn(statement.body)) return
        }
        return
      case 'delete':
        this.array(statement.name).delete(this.key(statement.index))
        return
      case 'exit':
      case 'return':
        throw new Leave(statement.kind, statement.value && this.evaluate(statement.value))
      default:
        throw new Leave(statement.kind)
    }
  }

  /** One turn of a loop; false if it was the last. */
  #turn(body: Statement): boolean {
    try {
      this.#execute(body)
      return true
    } catch (leave) {
      if (leave instanceof Leave && leave.kind === 'continue') return true
      if (leave instanceof Leave && leave.kind === 'break') return false
      throw leave
    }
  }

  #print({ kind, args, target }: Statement & { kind: 'print' | 'printf' }): void {
    const words = args.map(each => textOf(this.evaluate(each)))
    const [format = '', ...rest] = words
    const line = words.length > 0 ? words.join(' ') : this.record
    const text = kind === 'printf' ? formatted(format, rest, format) : `${line}\n`
    const place = target && textOf(this.evaluate(target))
    if (place === undefined) this.process.out(text)
    else if (place === '/dev/stderr') this.process.err(text)
    else throw unexpected(`print to ${place} by awk`, 'awk in memory only prints')
  }
}
