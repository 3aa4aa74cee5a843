import { defineConfig } from 'vitest/config';
import { base } from '../../vitest.config.js';

/** What `mutation.mjs` names: asked through the front door, on SQLite. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: (process.env['MUTATION_TESTS'] ?? '').split(','),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The modules of the service are loaded once for a mutant, not once for each file of tests.
    isolate: false,
  },
});
