import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** In a file of dist, a text and what stands in its place. */
export type Change = readonly [file: string, text: string, instead: string];

/** A copy of dist with a fault in it, in a new folder; answers where. Throws where the text of a change is not there. */
export function plant(folder: string, changes: readonly Change[]): string {
  const dist = join(folder, 'dist');
  mkdirSync(folder);
  cpSync(join(ROOT, 'dist'), dist, { recursive: true, filter: (path) => !path.includes('.running') });
  for (const name of ['node_modules', 'demo', 'package.json']) symlinkSync(join(ROOT, name), join(folder, name));
  for (const [file, text, instead] of changes) {
    const before = readFileSync(join(dist, file), 'utf8');
    if (!before.includes(text)) throw new Error(`${file} does not have ${text}`);
    writeFileSync(
      join(dist, file),
      before.replaceAll(text, () => instead),
    );
  }
  return dist;
}
