import { describe, inject } from 'vitest'

/** A suite that needs throwaway servers; where there can be none it is skipped, by name and reason. */
export function needsTestServer(title: string, suite: () => void): void {
  const support = inject('testServer')
  if (support.available) describe(title, suite)
  else describe.skip(`${title} (${support.reason})`, suite)
}
