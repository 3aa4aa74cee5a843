import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runVerify } from '../../src/cli/verify-command.js';
import { createServer } from '../../src/server.js';
import { openService } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { onServer } from '../support/postgres-server.js';
import { Shop } from '../support/shop.js';
import { useWorld } from '../support/world.js';
import { writtenTo } from '../support/written-to.js';

const world = useWorld();
let role: string;

beforeAll(async () => {
  role = `role_of_${new URL(world.url).pathname.slice(1)}`;
  await onServer(world.url, `CREATE ROLE ${role} LOGIN`, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
});
afterAll(() => onServer(world.url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`));

const urlOfRole = (): string => Object.assign(new URL(world.url), { username: role }).href;

const endConnections = (): string => `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`;

const start = (log = new PassThrough()) => {
  const settings = readSettings({ DATABASE_URL: urlOfRole(), DEMO_DATA: '0', PORT: '0' });
  const logger = pino({ level: 'warn' }, log);
  return openService(settings, logger).then((service) => ({ service, settings, logger }));
};

/** Why a start is refused, behind the role's name; null where it is not. */
async function lacks(): Promise<string | null> {
  try {
    await (await start()).service.close();
    return null;
  } catch (error) {
    const [, lacking] = /^DATABASE_URL: the role \w+ lacks (.+)$/.exec((error as Error).message) ?? [];
    if (lacking === undefined) throw error;
    return lacking;
  }
}

describe("a PostgreSQL role's rights", () => {
  test('that only read are refused at the start, with all that is missing; verify needs no more', async () => {
    const lacking = await lacks();
    expect(lacking).toContain('UPDATE on customer, INSERT on customer_identifier, DELETE on customer_identifier, ');
    const out = new PassThrough();
    const code = await runVerify([], { DATABASE_URL: urlOfRole() }, { stdout: out, stderr: out });
    expect({ code, out: writtenTo(out) }).toEqual({
      code: 0,
      out: 'All holds: 0 customers and 0 merges, no breaches\n',
    });
  });

  test('that a start asks for are enough for all that the API does, and change nothing in a log', async () => {
    const shop = await world.given.organization({
      configs: { CONF_ALLOW_EMAIL_UPDATE: '1' },
      rewardRules: [{ name: 'known', programId: '1016', points: '50', fields: ['lastname', 'email'] }],
    });
    const [ann, ben] = await world.given.customers(
      shop,
      { firstname: 'Ann', type: 'LOYALTY' },
      {
        mobile: null,
        email: 'ben@example.com',
        lastname: 'Ben',
        customFields: { age: '46' },
        subscriptions: [{ channel: 'SMS', priority: 'BULK', status: 'UNSUBSCRIBED' }],
        pointsSummaries: [{ programId: '1016', lifetimePoints: '10' }],
      },
    );
    const lacking = (await lacks()) ?? '';
    expect(lacking).not.toMatch(/(?:UPDATE|DELETE) on (?:audit_event|ledger_entry)/);
    await onServer(
      world.url,
      ...lacking.split(', ').map((right) => `GRANT ${right.replace(' on ', ' ON ')} TO ${role}`),
    );

    const { service, settings, logger } = await start();
    const server = await createServer({ settings, logger, ...service });
    const till = new Shop({ app: server.app, organizationId: shop.id, logged: () => [] });
    const merged = await till.updated({ mobile: ann.mobile, email: ben.email, idempotencyKey: 'merge' });
    expect({ merges: merged.merges, sideEffects: merged.sideEffects }).toMatchObject({
      merges: [{}],
      sideEffects: [{}],
    });
    expect((await till.updated({ mobile: ann.mobile, email: ben.email, idempotencyKey: 'merge' })).replayed).toBe(true);
    const undone = await till.undone(merged.merges[0]?.id ?? '');
    expect(undone.restored.userId).toBe(ben.id);
    const fields = [{ name: 'age', value: '47' }];
    await till.updated({ id: ann.id, email: 'ann@example.com', lastname: 'Ann', customFields: fields });
    await till.updated({ id: ann.id, customFields: [{ name: 'age', value: null }] });
    await server.close();
    await service.close();
  });

  test('of which one is taken away are told by name', async () => {
    await onServer(world.url, `REVOKE INSERT ON audit_event, ledger_entry FROM ${role}`);
    expect(await lacks()).toBe('INSERT on audit_event, INSERT on ledger_entry');
    // For each column by itself, they are no less.
    await onServer(
      world.url,
      `REVOKE SELECT ON till FROM ${role}`,
      `GRANT SELECT (organization_id, code, name) ON till TO ${role}`,
    );
    expect(await lacks()).toBe('INSERT on audit_event, INSERT on ledger_entry');
  });

  test('to log in, or into its database, that is taken away while it runs: all requests are 503 until it is back', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    await onServer(world.url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
    const { service, settings, logger } = await start();
    const server = await createServer({ settings, logger, ...service });
    const till = new Shop({ app: server.app, organizationId: shop.id, logged: () => [] });
    const connect = `CONNECT ON DATABASE ${new URL(world.url).pathname.slice(1)}`;
    for (const [take, give] of [
      [`ALTER ROLE ${role} NOLOGIN`, `ALTER ROLE ${role} LOGIN`],
      [`REVOKE ${connect} FROM PUBLIC`, `GRANT ${connect} TO PUBLIC`],
    ] as const) {
      await onServer(world.url, take, endConnections());
      await expect(till.customer(id)).rejects.toThrow('SERVICE_UNAVAILABLE');
      await expect(till.preview({ id, lastname: 'After' })).rejects.toThrow('SERVICE_UNAVAILABLE');
      await onServer(world.url, give);
      expect((await till.customer(id)).lastname).toBe(null);
    }
    await server.close();
    await service.close();
  });

  test('to a table that is taken away while it runs is an internal error: to send the same again is no help', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    const { service, settings, logger } = await start();
    const server = await createServer({ settings, logger, ...service });
    const till = new Shop({ app: server.app, organizationId: shop.id, logged: () => [] });
    await onServer(world.url, `REVOKE SELECT ON customer FROM ${role}`);
    await expect(till.customer(id)).rejects.toThrow('INTERNAL_SERVER_ERROR');
    await expect(till.updated({ id, lastname: 'After' })).rejects.toThrow('INTERNAL_SERVER_ERROR');
    await onServer(world.url, `GRANT SELECT ON customer TO ${role}`);
    expect((await till.customer(id)).lastname).toBe(null);
    await server.close();
    await service.close();
  });

  test('to connect once are refused, and nothing stays open: a command would end when that is closed for being idle', async () => {
    await onServer(world.url, `ALTER ROLE ${role} CONNECTION LIMIT 1`, endConnections());
    const pid = `SELECT pid FROM pg_stat_activity WHERE usename = '${role}'`;
    await expect(start()).rejects.toThrow('too many connections for role');
    await expect.poll(() => world.query(pid)).toEqual([]);
    await onServer(world.url, `ALTER ROLE ${role} CONNECTION LIMIT -1`);
  });

  test('to connect that is taken away while it runs is named in the log, by its code', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    await onServer(world.url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
    const log = new PassThrough();
    const { service, settings, logger } = await start(log);
    const server = await createServer({ settings, logger, ...service });
    const till = new Shop({ app: server.app, organizationId: shop.id, logged: () => [] });
    await till.updated({ id, lastname: 'Before' });
    await onServer(world.url, `ALTER ROLE ${role} CONNECTION LIMIT 0`, endConnections());
    await expect(till.update({ id, lastname: 'After' })).rejects.toThrow('SERVICE_UNAVAILABLE');
    await server.close();
    await service.close();
    expect(JSON.parse(writtenTo(log))).toMatchObject({ error: { type: 'ConnectionLost', code: '53300' } });
  });
});
