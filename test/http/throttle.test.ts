import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { heldMegabytes } from '../support/held-megabytes.js';
import { retryAfter } from '../../src/graphql/caller-error.js';
import { createAuthenticate, type Authenticate, type FindClient } from '../../src/http/authenticate.js';
import { networkOf } from '../../src/http/throttle.js';
import type { TokenParts } from '../../src/http/token-check.js';
import { hashSecret } from '../../src/organization/secret.js';
import { inSeconds, keySet, makeKey, sign, type Key } from './tokens.js';
import { basic, SECRET, startProbeServer, type ProbeServer } from './probe-server.js';

const WRONG = 'Quux-Quux-Quux-Quux';
let server: ProbeServer | undefined;
afterEach(async () => {
  vi.useRealTimers();
  await server?.close();
  server = undefined;
});

/** A server that takes three wrong ones a minute of one client from one address, thirty of the address. */
async function start(env: Record<string, string> = {}) {
  const started = await startProbeServer({ MAX_WRONG_CREDENTIALS: '3', ...env });
  server = started;
  const query = (authorization: string, headers: Record<string, string> = {}) =>
    started.query('{ hello }', {}, { authorization, ...headers });
  const statuses = async (times: number, ...args: Parameters<typeof query>): Promise<number[]> => {
    const found: number[] = [];
    for (let time = 0; time < times; time += 1) found.push((await query(...args)).status);
    return found;
  };
  const legacy = (authorization: string, format = 'json') =>
    started.send(`/v1.1/customer/update?format=${format}`, { method: 'POST', headers: { authorization } });
  return { query, statuses, legacy, logged: () => started.logged() };
}

describe('wrong credentials', () => {
  test('are refused with 429 after so many in a minute, and so are right ones then', async () => {
    const { query, statuses, logged } = await start();
    expect(await statuses(4, basic('reader', WRONG))).toEqual([401, 401, 401, 429]);
    const answer = await query(basic('reader'));
    expect([answer.status, answer.body]).toEqual([
      429,
      {
        errors: [
          {
            message: 'Too many wrong credentials were sent from here; try again later',
            extensions: { code: 'RATE_LIMITED' },
          },
        ],
      },
    ]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(JSON.stringify(logged())).not.toMatch(/Quux|UXV1/);
  });

  test('are counted together over GraphQL and v1.1, which answers in its own form', async () => {
    const { statuses, legacy, logged } = await start();
    expect((await legacy(basic('reader', WRONG))).status).toBe(401);
    expect(await statuses(2, basic('reader', WRONG))).toEqual([401, 401]);
    const json = await legacy(basic('reader', WRONG));
    expect([json.status, Number(json.headers.get('retry-after'))]).toEqual([429, expect.closeTo(60, -1)]);
    expect(json.body).toEqual({
      response: {
        status: {
          success: 'false',
          code: 429,
          message: 'Too many wrong credentials were sent from here; try again later',
          total: '0',
          success_count: '0',
        },
      },
    });
    const xml = await legacy(basic('reader', WRONG), 'xml');
    expect([xml.status, xml.text]).toEqual([429, expect.stringContaining('<code>429</code>')]);
    expect(logged().at(-1)).toMatchObject({ status: 429, codes: ['RATE_LIMITED'] });
  });

  test('of one client leave the others alone; after ten times as many from one address, all that are wrong there are refused', async () => {
    const { statuses } = await start();
    expect(await statuses(4, basic('reader', WRONG))).toEqual([401, 401, 401, 429]);
    expect(await statuses(4, basic('writer'))).toEqual([200, 200, 200, 200]);
    for (let guess = 0; guess < 27; guess += 1)
      expect(await statuses(1, basic(`guess.${guess}`, WRONG))).toEqual([401]);
    expect(await statuses(1, basic('another', WRONG))).toEqual([429]);
    expect(await statuses(1, basic('writer'))).toEqual([200]);
  });

  test('do not count where they are missing or right, and right ones give nothing back', async () => {
    const { statuses } = await start();
    expect(new Set(await statuses(40, ''))).toEqual(new Set([401]));
    expect(new Set(await statuses(40, basic('reader')))).toEqual(new Set([200]));
    expect(await statuses(2, basic('reader', WRONG))).toEqual([401, 401]);
    expect(await statuses(2, basic('reader'))).toEqual([200, 200]);
    expect(await statuses(2, basic('reader', WRONG))).toEqual([401, 429]);
  });

  test('that are malformed count for their address', async () => {
    const { statuses } = await start();
    expect(new Set(await statuses(30, 'Basic ???'))).toEqual(new Set([401]));
    expect(await statuses(1, 'Basic ???')).toEqual([429]);
    expect(await statuses(1, basic('reader'))).toEqual([200]);
  });

  test('are counted without end where there is no limit', async () => {
    const { statuses } = await start({ MAX_WRONG_CREDENTIALS: '0' });
    expect(new Set(await statuses(40, basic('reader', WRONG)))).toEqual(new Set([401]));
    expect(await statuses(1, basic('reader'))).toEqual([200]);
  });

  test('count for whom the balancer says that they come from, if it is one that is trusted', async () => {
    const { statuses } = await start({ TRUST_PROXY: '127.0.0.0/8' });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    expect(await statuses(4, basic('reader', WRONG), from('192.0.2.1'))).toEqual([401, 401, 401, 429]);
    expect(await statuses(1, basic('reader'), from('192.0.2.2'))).toEqual([200]);
    // What a client itself puts there stands before what the balancer adds.
    expect(await statuses(1, basic('reader'), from('192.0.2.2, 192.0.2.1'))).toEqual([429]);
    // Some balancers add the port, which is another one for each connection.
    expect(await statuses(1, basic('reader'), from('192.0.2.1:61234'))).toEqual([429]);
  });

  test('count for who sends them where it is not', async () => {
    const { statuses } = await start({ TRUST_PROXY: '10.0.0.0/8' });
    for (const [index, status] of [401, 401, 401, 429].entries()) {
      expect(await statuses(1, basic('reader', WRONG), { 'x-forwarded-for': `192.0.2.${index}` })).toEqual([status]);
    }
  });
});

describe('a sender', () => {
  const reader = {
    id: 'reader',
    organizationId: '100',
    till: null,
    access: 'READ' as const,
    mayMerge: true,
    secretHash: hashSecret(SECRET),
    previousSecretHash: null,
  };
  const authenticateBy = (findClient: FindClient, tokens: Partial<TokenParts> = {}): Authenticate =>
    createAuthenticate({
      findClient,
      findIssuer: () => Promise.resolve(null),
      findAccessGroups: () => Promise.resolve(new Map()),
      ...tokens,
      maxWrongCredentials: 3,
    });

  test('of many at once gets no more tries than of one after the other', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const authenticate = authenticateBy(() => gate.then(() => reader));
    const guesses = [...Array.from({ length: 20 }, () => basic('reader', WRONG)), basic('reader')];
    const tries = guesses.map((authorization) => authenticate({ authorization, address: '192.0.2.1' }));
    open();
    const found = await Promise.allSettled(tries);
    expect(found.map(({ status }) => status)).toEqual([
      ...Array<string>(3).fill('fulfilled'),
      ...Array<string>(18).fill('rejected'),
    ]);
  });

  test('is not even looked up until a minute is over', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    let asked = 0;
    const authenticate = authenticateBy(() => {
      asked += 1;
      return Promise.resolve(reader);
    });
    const isRight = async (secret: string) =>
      (await authenticate({ authorization: basic('reader', secret), address: '192.0.2.1' })) !== null;
    for (let time = 0; time < 3; time += 1) expect(await isRight(WRONG)).toBe(false);
    vi.advanceTimersByTime(59_000);
    await expect(isRight(SECRET)).rejects.toThrow('Too many wrong credentials');
    expect(asked).toBe(3);
    vi.advanceTimersByTime(1000);
    expect(await isRight(SECRET)).toBe(true);
  });

  test('is told to come back within the minute, whatever becomes of the clock', async () => {
    const authenticate = authenticateBy(() => Promise.resolve(reader));
    const call = () => authenticate({ authorization: basic('reader', WRONG), address: '192.0.2.1' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 24 * 3600 * 1000 });
    for (let time = 0; time < 3; time += 1) expect(await call()).toBeNull();
    vi.useRealTimers();
    await expect(call()).rejects.toMatchObject({ extensions: { http: { headers: retryAfter(60) } } });
  });

  test('of ever new ids, with secrets as long as a header may be, is kept for the minute in a few bytes', async () => {
    const authenticate = authenticateBy(() => Promise.resolve(null));
    const padding = 'x'.repeat(400);
    const before = heldMegabytes();
    for (let guess = 0; guess < 5000; guess += 1) {
      // Of an address that a trusted balancer tells, too, the header is what the client makes of it.
      const address = `${padding.repeat(25)}${guess}, 192.0.2.100`.slice(-'192.0.2.100'.length);
      const call = authenticate({ authorization: basic(`${padding}${guess}`, padding.repeat(25)), address });
      await call.catch(() => null);
    }
    expect(heldMegabytes() - before).toBeLessThan(10);
    await expect(authenticate({ authorization: 'Basic ???', address: '192.0.2.100' })).rejects.toThrow('Too many');
  });

  test('of tokens is counted for forged ones, not for those that were right once or by a key that is not known yet', async () => {
    const [key, forged, next] = await Promise.all([
      makeKey('key', 'ES256'),
      makeKey('key', 'ES256'),
      makeKey('next', 'ES256'),
    ]);
    const folder = mkdtempSync(join(tmpdir(), 'throttle-test-'));
    const jwks = join(folder, 'keys.json');
    writeFileSync(jwks, keySet(key, next));
    const issuer = {
      ...{ issuer: 'issuer', organizationId: '100', audience: 'customers', jwks },
      ...{ clientClaim: 'client_id', accessGroupClaim: 'group' },
    };
    const authenticate = authenticateBy(() => Promise.resolve(null), { findIssuer: () => Promise.resolve(issuer) });
    const call = async (by: Key, exp: number, header: object = {}) => {
      const token = await sign(by, { iss: 'issuer', aud: 'customers', exp: inSeconds(exp), client_id: 'x' }, header);
      return authenticate({ authorization: `Bearer ${token}`, address: '192.0.2.1' });
    };
    // Its issuer may have it since a moment ago.
    for (let time = 0; time < 40; time += 1) expect(await call(forged, 60, { kid: 'new' })).toBeNull();
    // Of two keys nobody can say which it means: it is held against neither.
    for (let time = 0; time < 40; time += 1) expect(await call(key, 60, { kid: undefined })).toBeNull();
    for (let time = 0; time < 40; time += 1) expect(await call(key, -60)).toBeNull();
    expect(await call(key, 60)).toMatchObject({ id: 'x', access: 'NONE' });
    for (let time = 0; time < 30; time += 1) expect(await call(forged, 60)).toBeNull();
    await expect(call(forged, 60)).rejects.toThrow('Too many wrong credentials');
    expect(await call(key, 60)).toMatchObject({ id: 'x', access: 'NONE' });
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['2001:db8::', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['192.0.2.1:61234', '192.0.2.1'],
    ['[2001:db8:1:2::6]:61234', '2001:db8:1:2'],
    ['[2001:db8:1:2::6]', '2001:db8:1:2'],
    ['', ''],
  ])('at %j is the network %j', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
