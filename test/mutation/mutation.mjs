import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../../scripts/ensure-installed.mjs';
import { testsOf } from './tests-of.mjs';

// `npm run test:mutation [-- FILE…]`: see README.md beside this file.

const inThisFolder = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Mutates one file of the planner, with the tests that are about it; what was found before is not run again. */
function mutate(file) {
  const stryker = inThisFolder('node_modules/@stryker-mutator/core/bin/stryker.js');
  const found = `.stryker/${basename(file, '.ts')}.json`;
  const { status } = spawnSync(
    process.execPath,
    [stryker, 'run', inThisFolder('stryker.config.json'), '--mutate', file, '--incrementalFile', found],
    {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      stdio: 'inherit',
      env: { ...process.env, MUTATION_TESTS: testsOf[file].join(',') },
    },
  );
  if (status !== 0) process.exitCode = 1;
}

const files = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(testsOf);
const unknown = files.filter((file) => !(file in testsOf));
if (unknown.length > 0) {
  console.error(`Not a file of the planner: ${unknown.join(', ')}. These are:\n${Object.keys(testsOf).join('\n')}`);
  process.exitCode = 2;
} else {
  ensureInstalled(new URL('./', import.meta.url));
  files.forEach(mutate);
}
