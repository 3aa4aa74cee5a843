import { readFileSync, statSync, truncateSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { dump, useWorkplace, type Exit, type Launch } from './service.js';

// Commands whose stdout goes to a pipe that nobody reads any more, as behind `| head` or on a terminal that is gone.

const workplace = useWorkplace();
const database = (): string => workplace.path('customers.sqlite');

type Script = NonNullable<Launch['script']>;

async function unread(script: Script, ...args: string[]): Promise<Pick<Exit, 'code' | 'stderr'>> {
  const { child, exited } = workplace.launch({ script, args, env: { DATABASE_URL: `sqlite:${database()}` } });
  child.stdout?.destroy();
  const { code, stderr } = await exited;
  return { code, stderr };
}

beforeAll(async () => {
  const file = new URL('../../demo/northwind.json', import.meta.url).pathname;
  expect(await unread('cli/import', file)).toEqual({ code: 0, stderr: '' });
});

test('an import is done, and says with its exit code that it is', async () => {
  expect((await dump(database())).join('\n')).toContain('rita.james@example.com');
});

test('an erasure goes on to the last byte', async () => {
  expect(await unread('cli/erase', '--organization', '100', '--customer', '343445382')).toEqual({
    code: 0,
    stderr: '',
  });
  expect(readFileSync(database(), 'latin1')).not.toContain('rita.james@example.com');
});

test('a client has no secret that nobody was told', async () => {
  const before = await dump(database());
  const name = ['--organization', '100', '--client', 'till.london.1'];
  const { code, stderr } = await unread('cli/client', 'rotate', ...name);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The secret can't be written, and nothing was changed: .*EPIPE\n$/);
  expect(await dump(database())).toEqual(before);
});

test('a client has no secret of which only the beginning was told', async () => {
  // As on a disk that is almost full: the file has room for 20 bytes more.
  const within = (command: string) => ['sh', '-c', `ulimit -f 16384; ${command}`];
  const full = workplace.launch({ within: within('head -c 100000000 /dev/zero > told') });
  await full.exited;
  const size = statSync(workplace.path('told')).size - 20;
  truncateSync(workplace.path('told'), size);
  const before = await dump(database());
  const { exited } = workplace.launch({
    script: 'cli/client',
    args: ['rotate', '--organization', '100', '--client', 'till.london.1'],
    env: { DATABASE_URL: `sqlite:${database()}` },
    within: within('exec "$0" "$@" >> told'),
  });
  const { code, stderr } = await exited;
  expect(stderr).toMatch(/^The secret can't be written, and nothing was changed: .*EFBIG.*\n$/);
  expect(code).toBe(1);
  expect(await dump(database())).toEqual(before);
});
