/** Several measurements of one thing. */
export class Series {
  readonly values: number[] = []

  add(value: number): void {
    this.values.push(value)
  }

  get median(): number {
    const sorted = [...this.values].sort((a, b) => a - b)
    const middle = sorted.length / 2
    const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
    return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
  }

  get lowest(): number {
    return Math.min(...this.values)
  }

  get highest(): number {
    return Math.max(...this.values)
  }

  /** `2.10 s (2.04-2.31)`, of milliseconds. */
  get seconds(): string {
    const [median, low, high] = [this.median, this.lowest, this.highest].map(ms => (ms / 1000).toFixed(2))
    return `${median} s (${low}-${high})`
  }
}

/** How many times as long one takes as another. */
export function ratio(one: Series, other: Series): string {
  return (one.median / other.median).toFixed(2)
}

/** Prints rows below each other; the first one is the heading. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`
  const [heading = [], ...others] = rows
  console.log([line(heading), line(widths.map(width => '-'.repeat(width))), ...others.map(line)].join('\n'))
}
