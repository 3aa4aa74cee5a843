import { defineConfig } from 'vitest/config';
import { base } from '../../vitest.config.js';

// What asks the planner through the front door, on SQLite. Left out: random tests (test/model), since they would make the
// score another one each time, and those that are about many at once.
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/customer/{update,merge}/**/*.test.ts'],
    exclude: ['test/customer/merge/{at-once,failing-writes}.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The modules of the service are loaded once for a mutant, not once for each file of tests.
    isolate: false,
  },
});
