import crypto from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createAuthenticate, type FindClient } from '../../src/http/authenticate.js';
import type { ClientRecord } from '../../src/organization/caller.js';
import { hashSecret, hasSecret, isSecret, makeSecret } from '../../src/organization/secret.js';
import { basic, SECRET, startProbeServer, type ProbeServer } from './probe-server.js';

// As it is; its calls are counted.
vi.mock('node:crypto', { spy: true });

function record(id: string, secret: string): ClientRecord {
  const access = { organizationId: '100', till: null, access: 'READ', mayMerge: true } as const;
  return { id, ...access, secretHash: hashSecret(secret), previousSecretHash: null };
}

const authenticateBy = (findClient: FindClient) =>
  createAuthenticate({
    findClient,
    findIssuer: () => Promise.resolve(null),
    findAccessGroups: () => Promise.resolve(new Map()),
    maxWrongCredentials: 0,
  });

describe('Basic credentials', () => {
  const clients = [record('till.1', SECRET), record('tîll', 'sécret-of-sixteen'), record('md5', 'a:b:c-of-sixteen')];
  const asked: string[] = [];
  const authenticate = authenticateBy((id) => {
    asked.push(id);
    return Promise.resolve(clients.find((client) => client.id === id) ?? null);
  });
  const call = (authorization: string | undefined) => authenticate({ authorization, address: '192.0.2.1' });
  const encode = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding).toString('base64');

  test.each([
    ['id and secret', basic('till.1'), 'till.1'],
    ['the scheme in any case', `bAsIc ${encode(`till.1:${SECRET}`)}`, 'till.1'],
    ['more than one space', `Basic   ${encode(`till.1:${SECRET}`)}`, 'till.1'],
    ['UTF-8', basic('tîll', 'sécret-of-sixteen'), 'tîll'],
    ['a secret with colons', basic('md5', 'a:b:c-of-sixteen'), 'md5'],
  ])('are right with %s', async (_name, authorization, id) => {
    expect(await call(authorization)).toEqual({
      id,
      organizationId: '100',
      till: null,
      access: 'READ',
      mayMerge: true,
    });
  });

  test.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['the scheme alone', 'Basic'],
    ['another scheme', `Bearer ${encode(`till.1:${SECRET}`)}`],
    ['a wrong secret', basic('till.1', `${SECRET}x`)],
    ['a secret that is cut', basic('till.1', SECRET.slice(0, -1))],
    ['no secret', basic('till.1', '')],
    ['the secret of another client', basic('till.1', 'a:b:c-of-sixteen')],
    ['an unknown client', basic('till.2')],
    ['an unknown client without a secret', basic('till.2', '')],
    ['the id in another case', basic('TILL.1')],
    ['no colon', `Basic ${encode('till.1')}`],
    ['no id', `Basic ${encode(`:${SECRET}`)}`],
    ['no base64', `Basic till.1:${SECRET}`],
    ['base64 without its padding', basic('till.1').replace(/=+$/, '')],
    [
      'base64 of the URL kind',
      `Basic ${encode('tîll:sécret-of-sixteen??>').replaceAll('+', '-').replaceAll('/', '_')}`,
    ],
    ['bits beyond the last byte', basic('till.1').replace(/w==$/, 'x==')],
    ['something behind', `${basic('till.1')} x`],
    ['Latin-1', `Basic ${encode('tîll:sécret-of-sixteen', 'latin1')}`],
    ['a control character', basic('till.1\0')],
  ])('are not right with %s', async (_name, authorization) => {
    expect(await call(authorization)).toBeNull();
  });

  test('are looked up by the id alone, and not at all where they are malformed', async () => {
    asked.length = 0;
    await call(basic('tîll', 'a:b'));
    await call(undefined);
    await call('Basic !');
    await call(basic('', SECRET));
    await call(basic('till\u0000.1'));
    expect(asked).toEqual(['tîll']);
  });

  test('that cannot be looked up are an error, not a refusal', async () => {
    const broken = authenticateBy(() => Promise.reject(new Error('gone')));
    await expect(broken({ authorization: basic('till.1'), address: '192.0.2.1' })).rejects.toThrow('gone');
  });
});

describe('a stored secret', () => {
  const both = { secretHash: hashSecret(SECRET), previousSecretHash: hashSecret('the-one-before-it') };

  test('is sha256, a salt of its own, and a hash: never the secret', () => {
    const [one, other] = [hashSecret(SECRET), hashSecret(SECRET)];
    expect(one).toMatch(/^sha256\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(other);
    expect(one).not.toContain(SECRET);
    expect(isSecret(SECRET, one)).toBe(true);
    expect(isSecret(SECRET, other)).toBe(true);
    expect(isSecret(`${SECRET} `, one)).toBe(false);
  });

  test('is one of two at most, and no empty one stands in for the second', () => {
    expect([SECRET, 'the-one-before-it', '', 'other'].map((secret) => hasSecret(both, secret))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    const one = { ...both, previousSecretHash: null };
    expect([SECRET, 'the-one-before-it', ''].map((secret) => hasSecret(one, secret))).toEqual([true, false, false]);
    expect(hasSecret(null, '')).toBe(false);
  });

  test.each<[string, Parameters<typeof hasSecret>[0], string]>([
    ['the current one', both, SECRET],
    ['the one before', both, 'the-one-before-it'],
    ['neither', both, 'Quux-Quux-Quux-Quux'],
    ['one that has another length', both, ''],
    ['the only one', { ...both, previousSecretHash: null }, SECRET],
    ['that of nobody', null, SECRET],
  ])('takes the same to compare, and tells nothing by its time, where it is %s', (_name, client, secret) => {
    vi.clearAllMocks();
    hasSecret(client, secret);
    expect(vi.mocked(crypto.hash)).toHaveBeenCalledTimes(2);
    expect(vi.mocked(crypto.timingSafeEqual)).toHaveBeenCalledTimes(2);
  });

  test('that is made is long and never the same', () => {
    const made = Array.from({ length: 100 }, makeSecret);
    expect(new Set(made).size).toBe(100);
    for (const secret of made) expect(secret).toMatch(/^[\w-]{43}$/);
  });

  test('that is malformed, cut or of another scheme is nobody’s', () => {
    const stored = hashSecret('');
    const [, salt = '', hash = ''] = stored.split('$');
    expect(isSecret('', stored)).toBe(true);
    for (const text of [
      '',
      '$$',
      'sha256$$',
      `sha256$${salt}$`,
      `sha256$$${hash}`,
      `sha256$${salt}$${hash.slice(1)}`,
      `sha256$${salt}$${hash}$`,
      `md5$${salt}$${hash}`,
      `$${salt}$${hash}`,
      stored.replace('$', '$.'),
    ]) {
      expect(isSecret('', text), text).toBe(false);
    }
  });
});

describe('the caller', () => {
  let server: ProbeServer;
  beforeAll(async () => {
    server = await startProbeServer();
  });
  afterAll(() => server.close());

  test('reaches the resolvers, without the hash of the secret', async () => {
    const answer = await server.query('{ who }', undefined, { authorization: basic('reader') });
    const { caller } = JSON.parse(String(answer.body.data?.['who'])) as { caller: unknown };
    expect(caller).toEqual({ id: 'reader', organizationId: '100', till: 'till.1', access: 'READ', mayMerge: true });
  });

  test('with a wrong secret is told nothing but that it is wrong', async () => {
    const wrong = await server.query('{ hello }', undefined, { authorization: basic('reader', 'Quux-Quux-Quux-Quux') });
    const unknown = await server.query('{ hello }', undefined, { authorization: basic('nobody-at-all') });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toBe(unknown.text);
    expect(wrong.text + JSON.stringify(server.logged())).not.toMatch(/Quux|cmVhZGVy/);
  });
});
