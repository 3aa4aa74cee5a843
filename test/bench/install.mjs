import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const INSTALLED = `${HERE}node_modules/.package-lock.json`;

/** Installs what only the benchmarks need, where that is missing or older than it should be. */
export function ensureInstalled() {
  if (existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(`${HERE}package-lock.json`).mtimeMs) return;
  console.error('Installing what only the benchmarks need; better-sqlite3 may have to be compiled');
  const { status } = spawnSync('npm', ['ci', '--omit=dev'], { cwd: HERE, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('npm ci failed in test/bench');
}
