import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../../scripts/ensure-installed.mjs';

// `npm run test:mutation [-- FILE…]`: see README.md beside this file.

const inThisFolder = (path) => fileURLToPath(new URL(path, import.meta.url));

ensureInstalled(new URL('./', import.meta.url));
const files = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  [
    inThisFolder('node_modules/@stryker-mutator/core/bin/stryker.js'),
    'run',
    inThisFolder('stryker.config.json'),
    ...(files.length === 0 ? [] : ['--mutate', files.join(',')]),
  ],
  { cwd: fileURLToPath(new URL('../../', import.meta.url)), stdio: 'inherit' },
);
process.exitCode = status ?? 1;
