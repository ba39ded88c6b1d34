import pRetry, { AbortError } from 'p-retry'

/** How often something is tried, and how long is waited between. */
export interface RetryPolicy {
  /** Tries after the first one. @defaultValue as many as there is time for */
  readonly retries?: number
  /** Milliseconds after which nothing is tried again. @defaultValue none */
  readonly limitMs?: number
  /** Milliseconds before the second try; doubled each time, with some chance added. */
  readonly firstDelayMs: number
  /** Milliseconds that are waited at most. @defaultValue none */
  readonly longestDelayMs?: number
  /** Says whether a failure may go away by itself. */
  readonly mayPass: (error: unknown) => boolean
  readonly signal?: AbortSignal | undefined
}

/** Tries until it works, the failure is one that will not go away, or the tries are used up. */
export function retry<T>(attempt: () => Promise<T>, policy: RetryPolicy): Promise<T> {
  return pRetry(
    async () => {
      try {
        return await attempt()
      } catch (error) {
        if (policy.mayPass(error)) throw error
        throw new AbortError(error instanceof Error ? error : String(error))
      }
    },
    {
      retries: policy.retries ?? Number.POSITIVE_INFINITY,
      minTimeout: policy.firstDelayMs,
      ...(policy.longestDelayMs !== undefined && { maxTimeout: policy.longestDelayMs }),
      ...(policy.limitMs !== undefined && { maxRetryTime: policy.limitMs }),
      factor: 2,
      randomize: true,
      ...(policy.signal && { signal: policy.signal }),
    },
  )
}
