import { defineConfig } from 'vitest/config';

/** What is asked through the front door, and what is stored: the same on every database. */
const onEveryDatabase = [
  'test/customer/**/*.test.ts',
  'test/engine/{batch,concurrency,failures,isolation}.test.ts',
  'test/erase/*.test.ts',
  'test/import/{demo,import-customers,import-organization}.test.ts',
  'test/model/*.test.ts',
  'test/organization/organization-cache.test.ts',
  'test/verify/*.test.ts',
];

export default defineConfig({
  // Vite would take graphql's ES module while type-graphql and Apollo Server take the other one: two sets of classes.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'sqlite', include: ['test/**/*.test.ts'], exclude: ['test/postgres/**'] } },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: [...onEveryDatabase, 'test/postgres/**/*.test.ts'],
          globalSetup: ['test/support/postgres-server.ts'],
        },
      },
    ],
  },
});
