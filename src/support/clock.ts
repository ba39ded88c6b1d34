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
