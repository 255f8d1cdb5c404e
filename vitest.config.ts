import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  // tests run from the source, not from what is built
  resolve: {
    alias: {
      '#platform': fileURLToPath(new URL('src/platform/node.ts', import.meta.url)),
      '#links': fileURLToPath(new URL('src/transport/links.ts', import.meta.url)),
    },
  },
  // many tests wait for silent processes: two at a time even on two cores
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks', maxWorkers: 2 },
});
export default config;
