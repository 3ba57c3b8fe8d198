import { defineConfig, mergeConfig } from 'vitest/config'
import { base } from './scripts/testing/base.mjs'

// Tests through the eyes of other programs: a trace viewer, a metrics server, a browser. They are installed on the way where
// that is possible (Debian, as root). Needs a build.
export default defineConfig(({ mode }) =>
  mergeConfig(base(mode, 300_000), {
    test: {
      projects: [
        {
          extends: true,
          test: {
            name: 'observability tools',
            include: ['*/test/tools/**/*.test.ts', 'examples/*/test/tools/**/*.test.ts'],
            exclude: ['**/node_modules/**'],
            globalSetup: ['otel/test/tools/install.ts'],
            fileParallelism: false,
            hookTimeout: 300_000,
          },
        },
      ],
    },
  }),
)
