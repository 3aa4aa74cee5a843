import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWorld, shop, type World } from './world.js';

const top = fileURLToPath(new URL('../..', import.meta.url));

let world: World;
beforeAll(async () => {
  await node(['scripts/ensure-built.mjs']);
}, 120_000);
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Node with the arguments, from the top folder, with nothing of this process's settings but its path. */
function node(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: top, env: { PATH: process.env['PATH'], ...env } }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

const imports = (...args: string[]) => node(['dist/cli/import.js', ...args], world.env);

describe('the built import', () => {
  test('imports an organization and its customers, and says how many', async () => {
    const organization = world.file('shop.json', { organization: shop, customers: [{ email: 'a@example.com' }] });
    expect(await imports(organization)).toEqual({
      code: 0,
      out: `1 customer was imported from ${organization}\n`,
      err: '',
    });
    const customers = world.file('customers.ndjson', [{ email: 'b@example.com' }, { email: 'c@example.com' }]);
    expect(await imports('--organization', '7', customers)).toEqual({
      code: 0,
      out: `2 customers were imported from ${customers}\n`,
      err: '',
    });
    expect(await world.query('SELECT count(*) AS customers FROM customer')).toEqual([{ customers: 3 }]);
  });

  test('names each fault in one line, and nothing else', async () => {
    const organization = world.file('shop.json', { organization: { ...shop, id: 'x', name: '' } });
    expect(await imports(organization)).toEqual({
      code: 1,
      out: '',
      err: 'organization.id: must be digits, 20 at most\norganization.name: must be 1 to 255 characters\n',
    });
    expect(await node(['dist/cli/import.js', organization], { DATABASE_URL: 'mysql://x' })).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^DATABASE_URL takes [^\n]+\n$/) as unknown,
    });
  });

  test('imports the demo that lies beside dist', async () => {
    expect(await imports('demo/northwind.json')).toMatchObject({ code: 0, err: '' });
  });

  test('needs no more memory for a file of more customers than fit into it', { timeout: 120_000 }, async () => {
    await imports(world.file('shop.json', { organization: shop }));
    // 50 MB in all.
    const path = world.file('large.ndjson', '');
    const file = createWriteStream(path);
    for (let index = 0; index < 40_000; index += 1) {
      const line = `{"email":"customer.${index}@example.com"${' '.repeat(1000)},"externalId":"${'x'.repeat(200)}${index}"}\n`;
      if (!file.write(line)) await once(file, 'drain');
    }
    file.end();
    await once(file, 'close');
    const ended = await node(['--max-old-space-size=56', 'dist/cli/import.js', '--organization', '7', path], world.env);
    expect(ended).toEqual({ code: 0, out: `40000 customers were imported from ${path}\n`, err: '' });
  });

  test('checks that entities and migrations agree', async () => {
    expect(await node(['dist/cli/check-migrations.js'])).toEqual({ code: 0, out: '', err: '' });
  });
});
