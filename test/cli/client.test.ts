import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runClient } from '../../src/cli/client-command.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import { createAuthenticate } from '../../src/http/authenticate.js';
import { createOrganizationCache, type OrganizationCache } from '../../src/organization/organization-cache.js';
import type { Caller } from '../../src/organization/caller.js';
import { createWorld, shop, type World } from '../import/world.js';
import { writtenTo } from '../support/written-to.js';

let world: World;
let database: Database;
let now: number;
/** As a running service has it. */
let cache: OrganizationCache;

beforeEach(async () => {
  world = await createWorld();
  expect((await world.load({ organization: shop })).faults).toEqual([]);
  database = await openDatabase(world.settings);
  now = Date.now();
  cache = createOrganizationCache(database.reader, () => now);
});
afterEach(async () => {
  await database.close();
  await world.remove();
});

async function run(command: string, stdin = '') {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const args = command.split(' ').map((arg) => arg.replaceAll('_', ' '));
  const code = await runClient(args, world.env, { stdout, stderr, stdin: Readable.from([Buffer.from(stdin)]) });
  return { code, out: writtenTo(stdout), err: writtenTo(stderr) };
}

/** The secret that the command prints. */
async function secretOf(command: string): Promise<string> {
  const { code, out, err } = await run(command);
  expect(code, err).toBe(0);
  expect(out).toMatch(/^[\w-]{43}\n$/);
  expect(err).not.toContain(out.trim());
  return out.trim();
}

/** Who calls with these credentials, some seconds later, on a service that has been running all the time. */
async function callerOf(id: string, secret: string): Promise<Caller | null> {
  now += 3000;
  const authenticate = createAuthenticate({
    findClient: (client) => cache.client(client),
    findIssuer: (issuer) => cache.issuer(issuer),
    findAccessGroups: (organizationId) => cache.accessGroups(organizationId),
    maxWrongCredentials: 0,
  });
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  return authenticate({ authorization, address: '192.0.2.1' });
}
const isRight = async (id: string, secret: string): Promise<boolean> => (await callerOf(id, secret)) !== null;

const ADD = 'add --organization 7 --client shop.new --access-group tills';
const ROTATE = 'rotate --organization 7 --client shop.till.1';
const REVOKE = 'revoke --organization 7 --client shop.till.1';
const FIRST = 'secret-of-the-till-1';

describe('client add', () => {
  test('makes a client with a secret that a running service knows within 10 seconds', async () => {
    expect(await callerOf('shop.new', 'sixteen-letters!')).toBeNull();
    const secret = await secretOf(`${ADD} --till till.2`);
    expect(await callerOf('shop.new', secret)).toEqual({
      id: 'shop.new',
      organizationId: '7',
      till: 'till.2',
      access: 'WRITE',
      mayMerge: true,
    });
    expect(JSON.stringify(await world.dump())).not.toContain(secret);
  });

  test('takes a secret from stdin, and does not print it', async () => {
    const md5 = '5f4dcc3b5aa765d61d8327deb882cf99';
    expect(await run(`${ADD} --secret-from-stdin`, `${md5}\n`)).toEqual({
      code: 0,
      out: '',
      err: 'Client shop.new was added to organization 7\n',
    });
    expect(await callerOf('shop.new', md5)).toMatchObject({ till: null });
  });

  test.each([
    [ADD.replace('shop.new', 'shop.till.1'), 'Client shop.till.1 exists already'],
    [ADD.replace('7', '8'), 'There is no organization 8'],
    [ADD.replace('tills', 'nobody'), 'Organization 7 has no access group nobody'],
    [`${ADD} --till till.9`, 'Organization 7 has no till till.9'],
    [`${ADD} --till till.1 --till till.2`, "error: option '--till <code>' may be given only once"],
    [ADD.replace('shop.new', 'shop:new'), 'The id of a client must have no colon'],
    [ADD.replace('shop.new', 'a\tb'), 'The id of a client must hold no control characters'],
    [ADD.replace('shop.new', 'x'.repeat(256)), 'The id of a client must be 1 to 255 characters'],
    [ADD.replace('shop.new', '\u202Ex\n'), 'The id of a client must hold no control characters'],
    // As it reaches a program: of bytes that are no UTF-8 Node.js makes this character.
    [ADD.replace('shop.new', 'caf\uFFFD'), 'An argument is not UTF-8'],
    [ADD.replace('tills', 'a\nb'), 'Organization 7 has no access group a\\u000ab'],
  ])('refuses %j in one line, and changes nothing', async (command, line) => {
    const before = await world.dump();
    expect(await run(command)).toEqual({ code: 1, out: '', err: `${line}\n` });
    expect(await world.dump()).toEqual(before);
  });

  test.each([
    ['fifteen-letters', 'The secret must be 16 characters at least'],
    ['', 'The secret must be 16 characters at least'],
    ['sixteen-letters!\nand-a-second-line', 'The secret must hold no control characters'],
    ['x'.repeat(5000), 'The secret is longer than 4096 bytes'],
  ])('refuses the secret %j from stdin, and does not repeat it', async (secret, line) => {
    expect(await run(`${ADD} --secret-from-stdin`, secret)).toEqual({ code: 1, out: '', err: `${line}\n` });
    expect(await isRight('shop.new', secret)).toBe(false);
  });

  test('asks for what is missing', async () => {
    const { code, out, err } = await run('add --organization 7');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('--client <id>');
    expect((await run('remove')).code).toBe(1);
  });
});

describe('client rotate', () => {
  test('leaves the secret before it right until the next one', async () => {
    const second = await secretOf(ROTATE);
    expect(await Promise.all([FIRST, second].map((secret) => isRight('shop.till.1', secret)))).toEqual([true, true]);
    expect(await callerOf('shop.till.1', second)).toEqual(await callerOf('shop.till.1', FIRST));
    const third = await secretOf(ROTATE);
    expect(await isRight('shop.till.1', FIRST)).toBe(false);
    expect(await isRight('shop.till.1', second)).toBe(true);
    expect(await isRight('shop.till.1', third)).toBe(true);
  });

  test('takes a secret from stdin, but not the current one', async () => {
    expect(await run(`${ROTATE} --secret-from-stdin`, `${FIRST}\n`)).toEqual({
      code: 1,
      out: '',
      err: 'Client shop.till.1 has this secret already\n',
    });
    expect(await run(`${ROTATE} --secret-from-stdin`, 'a-new-one-of-mine')).toMatchObject({ code: 0, out: '' });
    expect(await isRight('shop.till.1', 'a-new-one-of-mine')).toBe(true);
    expect(await isRight('shop.till.1', FIRST)).toBe(true);
  });

  test('refuses a client that the organization does not have', async () => {
    await world.load({ organization: { id: '8', name: 'Other' } });
    for (const command of [ROTATE.replace('shop.till.1', 'x'), ROTATE.replace('7', '8'), REVOKE.replace('7', '8')]) {
      const [, organization = '', id = ''] = /organization (\d) --client (\S+)/.exec(command) ?? [];
      const err = `Organization ${organization} has no client ${id}\n`;
      expect(await run(command)).toEqual({ code: 1, out: '', err });
    }
    expect(await isRight('shop.till.1', FIRST)).toBe(true);
  });
});

describe('client revoke', () => {
  test('takes the client away, with both its secrets', async () => {
    const second = await secretOf(ROTATE);
    expect(await isRight('shop.till.1', second)).toBe(true);
    expect(await run(REVOKE)).toEqual({ code: 0, out: '', err: 'Client shop.till.1 was revoked\n' });
    expect(await isRight('shop.till.1', second)).toBe(false);
    expect(await isRight('shop.till.1', FIRST)).toBe(false);
    expect(await isRight('shop.reports', 'secret-of-the-reports')).toBe(true);
  });

  test('--previous takes the older secret away', async () => {
    const second = await secretOf(ROTATE);
    expect(await run(`${REVOKE} --previous`)).toMatchObject({ code: 0, out: '' });
    expect(await isRight('shop.till.1', FIRST)).toBe(false);
    expect(await isRight('shop.till.1', second)).toBe(true);
    expect(await run(`${REVOKE} --previous`)).toMatchObject({
      code: 1,
      err: 'Client shop.till.1 has no previous secret\n',
    });
  });
});

describe('importing the organization file again', () => {
  test('keeps both secrets of a client that has the one in the file', async () => {
    const second = await secretOf(ROTATE);
    await world.load({ organization: shop });
    expect(await isRight('shop.till.1', FIRST)).toBe(true);
    expect(await isRight('shop.till.1', second)).toBe(true);
  });

  test('leaves a client with another secret in the file that one alone', async () => {
    const second = await secretOf(ROTATE);
    const clients = [{ id: 'shop.till.1', secret: 'another-one-of-it', accessGroup: 'tills' }];
    await world.load({ organization: { ...shop, clients } });
    expect(await isRight('shop.till.1', FIRST)).toBe(false);
    expect(await isRight('shop.till.1', second)).toBe(false);
    expect(await isRight('shop.till.1', 'another-one-of-it')).toBe(true);
    expect(await isRight('shop.reports', 'secret-of-the-reports')).toBe(false);
  });
});
