import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Installs what only the work in this folder (a file: URL that ends with a slash) needs, where that is missing or older
 * than its package-lock.json.
 */
export function ensureInstalled(folder) {
  const here = fileURLToPath(folder);
  const installed = `${here}node_modules/.package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${here}package-lock.json`).mtimeMs) return;
  console.error(`Installing what only ${here} needs; some of it may have to be compiled`);
  const { status } = spawnSync('npm', ['ci', '--omit=dev'], { cwd: here, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`npm ci failed in ${here}`);
}
