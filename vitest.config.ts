import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Rules of the house, and pure functions of the source: no process, no socket, nothing that is built. */
const UNIT = [
  'test/{layers,tiers}.test.ts',
  'test/{circuits,core,gc,he,online,ot,plan,roles,session}/**/*.test.ts',
  'test/kernels/{memory,multiply,semantics}.test.ts',
  'test/platform/{imports,platform,random}.test.ts',
  'test/model/{fold,plain,precision}.test.ts',
  'test/model/ops/**/*.test.ts',
  'test/store/{dealer-store,folder}.test.ts',
];
/** Of these, those that mock modules, and so need modules of their own; test/tiers.test.ts holds it. */
const MOCKING = [
  'test/gc/hash.test.ts',
  'test/ot/{extension,gilboa,random,setup}.test.ts',
  'test/plan/{memory,windows}.test.ts',
  'test/roles/{source,told}.test.ts',
];
/** Crashes, faults by the hundred, whole benches. */
const SLOW = ['test/**/*.slow.test.ts'];

const config: ViteUserConfig = defineConfig({
  // tests run from the source, not from what is built
  resolve: {
    alias: {
      '#platform': fileURLToPath(new URL('src/platform/node.ts', import.meta.url)),
      '#links': fileURLToPath(new URL('src/transport/links.ts', import.meta.url)),
    },
  },
  test: {
    setupFiles: [fileURLToPath(new URL('test/support/equality.ts', import.meta.url))],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // many tests wait for silent processes: two at a time even on two cores
    maxWorkers: 2,
    projects: [
      // modules are loaded once for all files: a third of the time
      { extends: true, test: { name: 'unit', include: UNIT, exclude: [...MOCKING, ...SLOW], isolate: false } },
      { extends: true, test: { name: 'mocking', include: MOCKING } },
      { extends: true, test: { name: 'whole', include: ['test/**/*.test.ts'], exclude: [...UNIT, ...SLOW] } },
      { extends: true, test: { name: 'slow', include: SLOW } },
    ],
  },
});
export default config;
