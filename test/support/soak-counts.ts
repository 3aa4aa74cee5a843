import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** Gathers what the tests of a soak count, and prints the sums at its end. */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'customers-soak-'));
  const file = join(folder, 'counts');
  writeFileSync(file, '');
  project.provide('soakCounts', file);
  return () => {
    const sums = new Map<string, number>();
    for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
      for (const [name, count] of Object.entries(JSON.parse(line) as Record<string, number>)) {
        sums.set(name, (sums.get(name) ?? 0) + count);
      }
    }
    const lines = [...sums].sort().map(([name, count]) => `${count.toLocaleString('en').padStart(12)}  ${name}\n`);
    process.stdout.write(`\nThe soak on ${project.name}:\n${lines.join('')}`);
    rmSync(folder, { recursive: true });
  };
}
