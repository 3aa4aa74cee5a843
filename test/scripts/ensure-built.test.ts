import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

// A project of two files with the real script. What stands in for the compiler copies each source, takes a moment, and
// fails where a source says WRONG.

const COMPILER = `
  import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
  const out = process.argv[process.argv.indexOf('--outDir') + 1];
  mkdirSync(out);
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const name of readdirSync('src')) {
    copyFileSync('src/' + name, out + '/' + name.replace('.ts', '.js'));
    if (readFileSync('src/' + name, 'utf8').includes('WRONG')) {
      console.log('src/' + name + ' is wrong');
      process.exitCode = 2;
    }
  }
`;

interface User {
  readonly uid?: number;
  readonly gid?: number;
}
const nobody: User = { uid: 65534, gid: 65534 };
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let project: string;
const processes: { kill(signal: 'SIGKILL'): boolean }[] = [];

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'ensure-built-'));
  mkdirSync(join(project, 'scripts'));
  mkdirSync(join(project, 'src'));
  mkdirSync(join(project, 'node_modules/typescript/bin'), { recursive: true });
  copyFileSync(join(ROOT, 'scripts/ensure-built.mjs'), join(project, 'scripts/ensure-built.mjs'));
  write('node_modules/typescript/package.json', '{ "type": "module" }');
  write('node_modules/typescript/bin/tsc', COMPILER);
  write('package.json', '{ "type": "module" }');
  write('package-lock.json', '{}');
  write('tsconfig.json', '{}');
  // Lives until it is ended, and then at once.
  write('src/main.ts', 'setInterval(() => {}, 1000);');
  write('src/other.ts', 'export const other = 1;');
});
afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  rmSync(project, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  writeFileSync(join(project, path), text);
}

const ensureBuilt = (...args: string[]) => ensureBuiltBy({}, ...args);

async function ensureBuiltBy(user: User, ...args: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['scripts/ensure-built.mjs', ...args], { cwd: project, ...user });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

/** A process that runs from dist and has left its mark, as the service does. */
async function startService(): Promise<{ pid: number; end(): Promise<void> }> {
  const child = spawn(process.execPath, ['dist/main.js'], { cwd: project });
  processes.push(child);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  mark(pid);
  return {
    pid,
    async end() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

function mark(name: number | string): void {
  mkdirSync(join(project, 'dist/.running'), { recursive: true });
  write(`dist/.running/${name}`, '');
}

/** Tells one dist from another that has been built since. */
const builtAt = () => statSync(join(project, 'dist')).ino;
const built = () => readdirSync(join(project, 'dist')).filter((name) => name.endsWith('.js'));
/** What a build may leave beside dist. */
const leftOver = () => readdirSync(project).filter((name) => name.startsWith('.dist'));

describe('dist is built', () => {
  test('where there is none, and not again as long as nothing changes', async () => {
    expect(await ensureBuilt()).toEqual({ code: 0, said: 'Building dist\n' });
    expect(built()).toEqual(['main.js', 'other.js']);
    const before = builtAt();
    // As a fresh checkout would: other times, the same text.
    utimesSync(join(project, 'src/other.ts'), 1, 1);
    expect(await ensureBuilt()).toEqual({ code: 0, said: '' });
    expect(await ensureBuilt('--build')).toEqual({ code: 0, said: 'dist is up to date\n' });
    expect(builtAt()).toBe(before);
    expect(leftOver()).toEqual([]);
  });

  test.each([
    [
      'a source changes',
      () => {
        write('src/other.ts', 'export const other = 2;\n');
      },
    ],
    [
      'a source comes',
      () => {
        write('src/third.ts', 'export const third = 3;\n');
      },
    ],
    [
      'a source goes',
      () => {
        rmSync(join(project, 'src/other.ts'));
      },
    ],
    [
      'the compiler’s settings change',
      () => {
        write('tsconfig.json', '{ }');
      },
    ],
    [
      'the packages change',
      () => {
        write('package-lock.json', '{ }');
      },
    ],
    [
      'dist has no stamp',
      () => {
        rmSync(join(project, 'dist/.stamp'));
      },
    ],
  ])('anew where %s', async (_name, change) => {
    await ensureBuilt();
    const before = builtAt();
    change();
    expect(await ensureBuilt()).toEqual({ code: 0, said: 'Building dist\n' });
    expect(builtAt()).not.toBe(before);
    const sources = readdirSync(join(project, 'src')).map((name) => name.replace('.ts', '.js'));
    expect(built()).toEqual(sources);
    expect(leftOver()).toEqual([]);
  });

  test('not where the sources are wrong: what was there stays', async () => {
    await ensureBuilt();
    const before = builtAt();
    write('src/other.ts', 'WRONG');
    const said = 'Building dist\nsrc/other.ts is wrong\nThe build failed; dist is as it was\n';
    expect(await ensureBuilt()).toEqual({ code: 1, said });
    expect(builtAt()).toBe(before);
    expect(leftOver()).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)('not by a user who may not: one line says so (needs root)', async () => {
    chmodSync(project, 0o755);
    expect(await ensureBuiltBy(nobody)).toEqual({
      code: 1,
      said: expect.stringMatching(/^dist has to be built, and that can't be done here: EACCES: [^\n]+\n$/) as string,
    });
    await ensureBuilt();
    expect(await ensureBuiltBy(nobody)).toEqual({ code: 0, said: '' });
  });

  test('once, by one of several commands at the same time', async () => {
    const results = await Promise.all([ensureBuilt(), ensureBuilt(), ensureBuilt()]);
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(results.filter(({ said }) => said.includes('Building dist'))).toHaveLength(1);
    expect(built()).toEqual(['main.js', 'other.js']);
    expect(leftOver()).toEqual([]);
  });

  test('also after a build that was killed', async () => {
    const child = spawn(process.execPath, ['scripts/ensure-built.mjs'], { cwd: project, detached: true });
    const killed = once(child, 'close');
    while (!leftOver().some((name) => name.startsWith('.dist-new')))
      await new Promise((resolve) => setTimeout(resolve, 5));
    // With the compiler that it runs.
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await killed;
    expect(existsSync(join(project, 'dist'))).toBe(false);
    expect(leftOver()).toContain('.dist-lock');
    expect((await ensureBuilt()).code).toBe(0);
    expect(built()).toEqual(['main.js', 'other.js']);
    expect(leftOver()).toEqual([]);
  });
});

describe('a service that runs from dist', () => {
  test('keeps its dist: commands go on with it, and a build is refused', async () => {
    await ensureBuilt();
    const service = await startService();
    expect(await ensureBuilt()).toEqual({ code: 0, said: '' });

    const before = builtAt();
    write('src/other.ts', 'export const other = 2;\n');
    const inUse = `dist is older than the sources, and a running service uses it (process ${service.pid})`;
    expect(await ensureBuilt()).toEqual({ code: 0, said: `${inUse}: going on with the dist that is there\n` });
    expect(await ensureBuilt('--build')).toEqual({ code: 1, said: `${inUse}: stop it before building\n` });
    expect(builtAt()).toBe(before);
    expect(leftOver()).toEqual([]);

    await service.end();
    expect(await ensureBuilt('--build')).toEqual({ code: 0, said: 'Building dist\n' });
    expect(builtAt()).not.toBe(before);
  });

  test.skipIf(process.getuid?.() !== 0)('keeps its dist where it is another user’s, too (needs root)', async () => {
    chmodSync(project, 0o755);
    const leaveMark = `import('node:fs').then(({ writeFileSync }) => writeFileSync('dist/.running/' + process.pid, ''));`;
    write('src/main.ts', `${leaveMark} setInterval(() => {}, 1000);`);
    await ensureBuilt();
    const service = spawn(process.execPath, ['dist/main.js'], { cwd: project, ...nobody });
    processes.push(service);
    await expect.poll(() => readdirSync(join(project, 'dist/.running'))).toEqual([String(service.pid)]);
    write('src/other.ts', 'export const other = 2;\n');
    expect((await ensureBuilt()).said).toMatch(/going on with the dist that is there\n$/);
    expect((await ensureBuilt('--build')).code).toBe(1);
    service.kill('SIGKILL');
    await once(service, 'close');
    expect(await ensureBuilt()).toEqual({ code: 0, said: 'Building dist\n' });
  });

  test('is not seen in a file that is no mark', async () => {
    await ensureBuilt();
    mark('.DS_Store');
    write('src/other.ts', 'export const other = 2;\n');
    expect(await ensureBuilt()).toEqual({ code: 0, said: 'Building dist\n' });
  });

  test('is not seen in a mark whose process is another one by now', async () => {
    await ensureBuilt();
    // This process runs the tests.
    mark(process.pid);
    write('src/other.ts', 'export const other = 2;\n');
    expect(await ensureBuilt()).toEqual({ code: 0, said: 'Building dist\n' });
  });
});
