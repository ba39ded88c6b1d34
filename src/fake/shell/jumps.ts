/** Ends a shell. */
export class Exit {
  constructor(readonly code: number) {}
}

/** Ends a function. */
export class Return {
  constructor(readonly code: number) {}
}

/** Ends a loop, or its turn. */
export class Jump {
  constructor(
    readonly kind: 'break' | 'continue',
    readonly levels: number,
  ) {}
}

/** One turn of a loop; undefined if it was the last. */
export function turned(act: () => number): number | undefined {
  try {
    return act()
  } catch (jump) {
    if (!(jump instanceof Jump)) throw jump
    if (jump.levels > 1) throw new Jump(jump.kind, jump.levels - 1)
    return jump.kind === 'break' ? undefined : 0
  }
}
