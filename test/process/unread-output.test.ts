import { readFileSync } from 'node:fs';
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
