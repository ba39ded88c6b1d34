/** What a finding means: a deploy would fail, or stop; it would not, but look at it; or it is only good to know. */
export type Severity = 'error' | 'warning' | 'note'

/** Something about a server that is not as a deploy wants it. */
export interface Finding {
  /** The host, as it was named in the options. */
  readonly host: string
  /**
   * Stable, for programs: `PROGRAM_MISSING`; where a deploy would fail with an error, the `code` of that. The guide to
   * troubleshooting lists them all.
   */
  readonly code: string
  readonly severity: Severity
  /** What was found, in one sentence. */
  readonly message: string
  /** What to do about it, if there is something to do. */
  readonly remedy: string | undefined
}

/** What {@link doctor} has found. */
export interface Checkup {
  /** True if nothing that was found would keep a deploy from going live: there are no errors. */
  readonly isWell: boolean
  /** By host, in the order of the options. */
  readonly findings: readonly Finding[]
}
