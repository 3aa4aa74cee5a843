import { defineConfig } from 'vitest/config';
import { base } from './vitest.config.js';

// The tests that go on as long as they are let, and nothing else: `npm run test:soak`. A test soaks by `repeat`
// (test/support/soak.ts); all of these run at the same time, each for SOAK_MINUTES.

const onSqlite = [
  'test/faults/{disk,power-cut}.test.ts',
  'test/fuzz/documents.test.ts',
  'test/history/histories.test.ts',
  'test/model/history.test.ts',
];
const onPostgres = ['test/fuzz/inputs.test.ts', 'test/history/histories.test.ts', 'test/model/history.test.ts'];

const minutes = Number(process.env['SOAK_MINUTES'] ?? 20);
if (!(minutes > 0)) throw new Error('SOAK_MINUTES takes a number of minutes');
process.env['SOAK_MINUTES'] = String(minutes);

const counts = 'test/support/soak-counts.ts';

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    // One under way may take a while to come to its end.
    testTimeout: (minutes + 10) * 60_000,
    hookTimeout: 300_000,
    maxWorkers: 16,
    projects: [
      { extends: true, test: { name: 'sqlite', include: onSqlite, globalSetup: [counts] } },
      {
        extends: true,
        test: { name: 'postgres', include: onPostgres, globalSetup: ['test/support/postgres-server.ts', counts] },
      },
    ],
  },
});
