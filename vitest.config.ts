import { defineConfig } from 'vitest/config';

/** What is asked through the front door, and what is stored: the same on every database. */
const onEveryDatabase = [
  'test/customer/**/*.test.ts',
  'test/cli/client.test.ts',
  'test/engine/{batch,concurrency,failures,isolation,log-pages}.test.ts',
  'test/history/{histories,planted-faults}.test.ts',
  'test/erase/*.test.ts',
  'test/fuzz/{leaks,leaks-of-commands}.test.ts',
  'test/import/{demo,import-customers,import-organization}.test.ts',
  'test/model/*.test.ts',
  'test/organization/organization-cache.test.ts',
  'test/verify/*.test.ts',
];

/** What needs a PostgreSQL; some of it compares SQLite with it. */
const onPostgresOnly = ['test/postgres/**/*.test.ts', 'test/fuzz/inputs.test.ts'];

/** What every run of tests has. */
export const base = {
  // Vite would take graphql's ES module while type-graphql and Apollo Server take the other one: two sets of classes.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    setupFiles: ['test/support/setup.ts'],
    // For what never comes: on a machine that is busy with something else, what does may take far longer than a second.
    expect: { poll: { timeout: 30_000 } },
  },
};

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    // For what hangs; a machine that is busy with something else may take long for a test that starts processes.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // By default one processor is left to Vitest itself: on two that is half of the time.
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { name: 'sqlite', include: ['test/**/*.test.ts'], exclude: [...onPostgresOnly] } },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: [...onEveryDatabase, ...onPostgresOnly],
          globalSetup: ['test/support/postgres-server.ts'],
        },
      },
    ],
  },
});
