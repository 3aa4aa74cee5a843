import { describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from '../src/settings.js';

function linesFor(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.lines;
    throw error;
  }
  return [];
}

describe('what is not given', () => {
  test('has the documented defaults', () => {
    expect(readSettings({})).toEqual({
      database: { kind: 'sqlite', path: './data/customers.sqlite' },
      replicaUrls: [],
      checkDatabase: false,
      port: 4000,
      host: '127.0.0.1',
      demoData: true,
      production: false,
      introspection: true,
      explorer: true,
      corsOrigins: ['https://studio.apollographql.com'],
      logLevel: 'info',
      maxBodyBytes: 1_048_576,
      maxRequestSeconds: 30,
      maxWrongCredentials: 50,
      trustedProxies: [],
      limits: {
        depth: 16,
        aliases: 15,
        rootFields: 10,
        directives: 50,
        tokens: 2000,
        cost: 500_000,
        introspectionDepth: 2,
      },
      work: { waitingItems: 10_000, waitingSeconds: 30, listItems: 1000 },
      rateLimit: { items: 0, seconds: 60 },
    });
  });

  test('in production shows nothing to strangers, unless each is asked for', () => {
    const shown = { introspection: false, explorer: false, demoData: false, corsOrigins: [] };
    expect(readSettings({ NODE_ENV: 'production' })).toMatchObject({ production: true, ...shown });
    expect(readSettings({ NODE_ENV: 'production', INTROSPECTION: '1' })).toMatchObject({
      ...shown,
      introspection: true,
    });
    expect(readSettings({ NODE_ENV: 'production', EXPLORER: '1' })).toMatchObject({ ...shown, explorer: true });
    expect(readSettings({ NODE_ENV: 'production', DEMO_DATA: '1' })).toMatchObject({ ...shown, demoData: true });
    const corsOrigins = ['https://shop.example.com'];
    const env = { NODE_ENV: 'production', CORS_ORIGINS: 'https://shop.example.com' };
    expect(readSettings(env)).toMatchObject({ ...shown, corsOrigins });
  });

  test('is also what is empty, but for CORS_ORIGINS, where empty is none', () => {
    const env = { PORT: '', NODE_ENV: '', DATABASE_URL: '', MAX_DEPTH: '', INTROSPECTION: '', LOG_LEVEL: '' };
    expect(readSettings(env)).toEqual(readSettings({}));
    expect(readSettings({ CORS_ORIGINS: '' }).corsOrigins).toEqual([]);
  });
});

describe('what is given', () => {
  test.each([
    [{ DATABASE_URL: 'sqlite:/var/lib/a b.sqlite' }, { database: { kind: 'sqlite', path: '/var/lib/a b.sqlite' } }],
    [
      { DATABASE_URL: 'postgres://u:p@db:5432/name' },
      { database: { kind: 'postgres', url: 'postgres://u:p@db:5432/name' } },
    ],
    // As a file of secrets has it.
    [{ DATABASE_URL: ' postgres://u:p@db/name\n' }, { database: { kind: 'postgres', url: 'postgres://u:p@db/name' } }],
    [
      { DATABASE_URL: 'postgresql://db/name', DATABASE_REPLICA_URLS: 'postgres://r1/name, postgres://r2/name' },
      { replicaUrls: ['postgres://r1/name', 'postgres://r2/name'] },
    ],
    [{ CHECK_DATABASE: '1' }, { checkDatabase: true }],
    [{ PORT: '0' }, { port: 0 }],
    [{ PORT: '65535' }, { port: 65535 }],
    [{ HOST: '::1' }, { host: '::1' }],
    [{ HOST: '0.0.0.0' }, { host: '0.0.0.0' }],
    [{ DEMO_DATA: '0' }, { demoData: false }],
    [{ NODE_ENV: 'test' }, { production: false, introspection: true }],
    [
      { INTROSPECTION: '0', EXPLORER: '0' },
      { introspection: false, explorer: false },
    ],
    [
      { CORS_ORIGINS: 'http://localhost:3000, https://a.example.com' },
      { corsOrigins: ['http://localhost:3000', 'https://a.example.com'] },
    ],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    [{ MAX_WRONG_CREDENTIALS: '0' }, { maxWrongCredentials: 0 }],
    [
      { TRUST_PROXY: '10.0.0.1, 192.168.0.0/16,::1,fd00::/8' },
      { trustedProxies: ['10.0.0.1', '192.168.0.0/16', '::1', 'fd00::/8'] },
    ],
    [{ MAX_BODY_BYTES: '1' }, { maxBodyBytes: 1 }],
    [{ MAX_BODY_BYTES: '2147483647' }, { maxBodyBytes: 2_147_483_647 }],
    [
      { MAX_DEPTH: '1', MAX_ALIASES: '2', MAX_ROOT_FIELDS: '3', MAX_DIRECTIVES: '4', MAX_TOKENS: '5' },
      { limits: { depth: 1, aliases: 2, rootFields: 3, directives: 4, tokens: 5 } },
    ],
    [{ MAX_COST: '6', MAX_INTROSPECTION_DEPTH: '0' }, { limits: { cost: 6, introspectionDepth: 0 } }],
    [{ MAX_REQUEST_SECONDS: '7' }, { maxRequestSeconds: 7, work: { waitingSeconds: 7 } }],
    [{ MAX_WAITING_ITEMS: '8', MAX_LIST_ITEMS: '9' }, { work: { waitingItems: 8, listItems: 9 } }],
    [{ RATE_LIMIT_ITEMS: '100', RATE_LIMIT_SECONDS: '10' }, { rateLimit: { items: 100, seconds: 10 } }],
  ])('%o is taken', (env, settings) => {
    expect(readSettings(env)).toMatchObject(settings);
  });

  test('cannot be changed afterwards', () => {
    const settings = readSettings({ DATABASE_URL: 'postgres://a/b', DATABASE_REPLICA_URLS: 'postgres://c/d' });
    const { database, limits, work, rateLimit, corsOrigins, replicaUrls, trustedProxies } = settings;
    for (const part of [settings, database, limits, work, rateLimit, corsOrigins, replicaUrls, trustedProxies]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe('what is wrong', () => {
  test.each([
    ['PORT', '65536', 'PORT takes a whole number from 0 to 65535, not "65536"'],
    ['PORT', '-1', 'PORT takes a whole number from 0 to 65535, not "-1"'],
    ['PORT', '4000.5', 'PORT takes a whole number from 0 to 65535, not "4000.5"'],
    ['PORT', ' 4000', 'PORT takes a whole number from 0 to 65535, not " 4000"'],
    ['HOST', 'http://x', 'HOST takes a host name or an IP address, not "http://x"'],
    ['DEMO_DATA', 'yes', 'DEMO_DATA takes 0 or 1, not "yes"'],
    ['INTROSPECTION', 'true', 'INTROSPECTION takes 0 or 1, not "true"'],
    ['EXPLORER', '2', 'EXPLORER takes 0 or 1, not "2"'],
    ['NODE_ENV', 'prod', 'NODE_ENV takes development, production or test, not "prod"'],
    ['LOG_LEVEL', 'INFO', 'LOG_LEVEL takes one of trace, debug, info, warn, error, fatal, silent, not "INFO"'],
    ['MAX_BODY_BYTES', '1mb', 'MAX_BODY_BYTES takes a whole number from 1 to 2147483647, not "1mb"'],
    ['MAX_BODY_BYTES', '0', 'MAX_BODY_BYTES takes a whole number from 1 to 2147483647, not "0"'],
    ['MAX_WRONG_CREDENTIALS', '-1', 'MAX_WRONG_CREDENTIALS takes a whole number from 0 to 1000000, not "-1"'],
    ...['1', 'true', '*', '10.0.0.0/33', '0.0.0.0/0', '::/0', 'balancer', '10.0.0.1,'].map(
      (given): [string, string, string] => [
        'TRUST_PROXY',
        given,
        `TRUST_PROXY takes IP addresses and networks such as 10.0.0.0/8, comma-separated, not "${given}"`,
      ],
    ),
    ['MAX_REQUEST_SECONDS', '3601', 'MAX_REQUEST_SECONDS takes a whole number from 1 to 3600, not "3601"'],
    ['MAX_INTROSPECTION_DEPTH', '3', 'MAX_INTROSPECTION_DEPTH takes a whole number from 0 to 2, not "3"'],
    ['MAX_COST', '0', 'MAX_COST takes a whole number from 1 to 2147483647, not "0"'],
    ['MAX_WAITING_ITEMS', '0', 'MAX_WAITING_ITEMS takes a whole number from 1 to 2147483647, not "0"'],
    ['MAX_LIST_ITEMS', 'x', 'MAX_LIST_ITEMS takes a whole number from 1 to 2147483647, not "x"'],
    ['RATE_LIMIT_ITEMS', '-1', 'RATE_LIMIT_ITEMS takes a whole number from 0 to 2147483647, not "-1"'],
    ['RATE_LIMIT_SECONDS', '0', 'RATE_LIMIT_SECONDS takes a whole number from 1 to 3600, not "0"'],
    ['MAX_DEPTH', '0', 'MAX_DEPTH takes a whole number from 1 to 2147483647, not "0"'],
    ['MAX_ALIASES', 'x', 'MAX_ALIASES takes a whole number from 1 to 2147483647, not "x"'],
    ['MAX_ROOT_FIELDS', '1e3', 'MAX_ROOT_FIELDS takes a whole number from 1 to 2147483647, not "1e3"'],
    ['MAX_DIRECTIVES', '2147483648', 'MAX_DIRECTIVES takes a whole number from 1 to 2147483647, not "2147483648"'],
    ['MAX_TOKENS', '٣', 'MAX_TOKENS takes a whole number from 1 to 2147483647, not "٣"'],
    [
      'CORS_ORIGINS',
      'https://a.example.com/,https://b.example.com',
      'CORS_ORIGINS takes origins such as https://shop.example.com, comma-separated, without a path, not "https://a.example.com/,https://b.example.com"',
    ],
    [
      'CORS_ORIGINS',
      '*',
      'CORS_ORIGINS takes origins such as https://shop.example.com, comma-separated, without a path, not "*"',
    ],
    ['PORT', 'a\nb'.repeat(40), `PORT takes a whole number from 0 to 65535, not "${'a\\nb'.repeat(20)}…"`],
  ])('%s=%j is named with what it takes and what was given', (name, value, line) => {
    expect(linesFor({ [name]: value })).toEqual([line]);
  });

  test.each([
    'mysql://user:hunter2-hunter2@db/x',
    'sqlite:',
    'sqlite::memory:',
    'postgres://user:hunter2-hunter2@',
    'postgres://user:hunter2-hunter2%@db/name',
    'postgres://user:hunter2-hunter2%e9@db/name',
    'hunter2-hunter2',
  ])('DATABASE_URL=%s is named without what was given', (value) => {
    const [line, ...more] = linesFor({ DATABASE_URL: value });
    expect(line).toBe(
      'DATABASE_URL takes sqlite:PATH or postgres://user:password@host:5432/name; what it has is something else',
    );
    expect(more).toEqual([]);
  });

  test('a check of PostgreSQL as if it were a file is named', () => {
    expect(linesFor({ CHECK_DATABASE: '1', DATABASE_URL: 'postgres://a/b' })).toEqual([
      'CHECK_DATABASE=1 needs a DATABASE_URL that is SQLite: PostgreSQL has a check of its own, pg_amcheck',
    ]);
  });

  test('a replica beside SQLite, or one that is none, is named without its password', () => {
    const DATABASE_REPLICA_URLS = 'postgres://user:hunter2-hunter2@db/x';
    expect(linesFor({ DATABASE_REPLICA_URLS })).toEqual([
      'DATABASE_REPLICA_URLS needs a DATABASE_URL that is PostgreSQL',
    ]);
    const [line] = linesFor({
      DATABASE_URL: 'postgres://a/b',
      DATABASE_REPLICA_URLS: 'postgres://c/d,hunter2-hunter2',
    });
    expect(line).toContain('DATABASE_REPLICA_URLS takes');
    expect(line).not.toContain('hunter2');
  });

  test('is named all at once, a line for each variable', () => {
    const lines = linesFor({ PORT: 'x', MAX_DEPTH: '0', DATABASE_URL: 'x', NODE_ENV: 'prod', CORS_ORIGINS: 'x' });
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'NODE_ENV',
      'DATABASE_URL',
      'PORT',
      'CORS_ORIGINS',
      'MAX_DEPTH',
    ]);
    for (const line of lines) expect(line).not.toContain('\n');
  });
});
