/** An expression of awk. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'expression'; readonly source: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'field'; readonly index: Expression }
  | { readonly kind: 'element'; readonly name: string; readonly index: readonly Expression[] }
  | { readonly kind: 'group'; readonly inner: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: 'assign'
      readonly operator: string
      readonly target: Expression
      readonly value: Expression
    }
  | {
      readonly kind: 'step'
      readonly operator: string
      readonly isPrefix: boolean
      readonly target: Expression
    }
  | {
      readonly kind: 'binary'
      readonly operator: string
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly kind: 'choice'
      readonly condition: Expression
      readonly yes: Expression
      readonly no: Expression
    }

/** A statement of awk. */
export type Statement =
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  | { readonly kind: 'expression'; readonly value: Expression }
  | {
      readonly kind: 'print' | 'printf'
      readonly args: readonly Expression[]
      readonly target: Expression | undefined
    }
  | {
      readonly kind: 'if'
      readonly condition: Expression
      readonly then: Statement
      readonly otherwise: Statement | undefined
    }
  | {
      /** Without a start and a step it is a `while`. */
      readonly kind: 'for'
      readonly start: Statement | undefined
      readonly condition: Expression
      readonly step: Statement | undefined
      readonly body: Statement
    }
  | { readonly kind: 'each'; readonly variable: string; readonly name: string; readonly body: Statement }
  | { readonly kind: 'next' | 'break' | 'continue' }
  | { readonly kind: 'exit' | 'return'; readonly value: Expression | undefined }
  | { readonly kind: 'delete'; readonly name: string; readonly index: readonly Expression[] }

/** A pattern with its action. */
export interface Rule {
  readonly when: 'BEGIN' | 'END' | 'line'
  readonly pattern?: Expression
  /** None prints the line. */
  readonly action: Statement | undefined
}

/** A program of awk. */
export interface AwkProgram {
  readonly rules: readonly Rule[]
  readonly functions: ReadonlyMap<string, AwkFunction>
}

/** A function of a program of awk. */
export interface AwkFunction {
  readonly parameters: readonly string[]
  readonly body: Statement
}
