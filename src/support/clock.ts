/** Milliseconds of a monotonic clock, for durations. */
export function monotonicMs(): number {
  return performance.now()
}

/** Starts a stopwatch; the function it returns tells the whole milliseconds since then. */
export function stopwatch(): () => number {
  const start = monotonicMs()
  return () => Math.round(monotonicMs() - start)
}

/** A moment as DYE names releases: `2013-09-23_17-52-14`, in UTC. */
export function timestamp(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-')
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** A length of time, as people write it: `90s`, `5m`, `1.5h`; a number means milliseconds. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`

/** Milliseconds of a length of time; undefined for what is none. */
export function millisecondsOf(duration: Duration): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(String(duration)) ?? []
  return count === undefined ? undefined : Number(count) * (UNITS[unit ?? 'ms'] ?? 1)
}
