import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const alias = {
  'dye-deploy/testing': new URL('src/testing.ts', import.meta.url).pathname,
  'dye-deploy': new URL('src/index.ts', import.meta.url).pathname,
}

export default defineConfig({
  test: {
    maxWorkers: Math.max(5, availableParallelism() - 1), // most of them wait for servers
    reporters: ['default', './test/faults/invariants-reporter.ts', './test/support/skip-reporter.ts'],
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          isolate: false, // what they import takes longer than most of them
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          isolate: false,
          globalSetup: ['test/support/debian-packages.ts', 'test/support/run-directory.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: [
            'test/support/debian-packages.ts',
            'test/support/run-directory.ts',
            'test/faults/built.ts',
          ],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'types',
          include: [],
          typecheck: { enabled: true, only: true, include: ['test/types/**/*.test-d.ts'] },
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: ['test/support/packed.ts'],
          testTimeout: 120_000,
        },
      },
    ],
  },
})
