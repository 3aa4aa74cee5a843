import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('npm keeps nothing of what a command is given, such as the number in `npm run customer -- find --mobile`', () => {
  const cache = mkdtempSync(join(tmpdir(), 'npm-cache-'));
  try {
    // No script of that name: npm itself is what is looked at, and nothing is built.
    execFileSync('npm', ['run', '--if-present', 'none', '--', 'find', '--mobile', '+44 7700 900111'], {
      env: { ...process.env, npm_config_cache: cache },
      stdio: 'ignore',
    });
    const files = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
    expect(texts.filter((text) => text.includes('900111'))).toEqual([]);
  } finally {
    rmSync(cache, { recursive: true });
  }
});
