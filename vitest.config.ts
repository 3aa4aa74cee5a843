import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Vite would take graphql's ES module while type-graphql and Apollo Server take the other one: two sets of classes.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
