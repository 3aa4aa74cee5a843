import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runVerify } from '../../src/cli/verify-command.js';
import { describeBreach } from '../../src/customer/verify/breach.js';
import { verify, type Verified } from '../../src/customer/verify/verify.js';
import { openDatabase } from '../../src/database/database.js';
import { readSettings } from '../../src/settings.js';
import { createTestDatabase, databaseKind } from '../support/test-database.js';
import { useWorld } from '../support/world.js';
import { writtenTo } from '../support/written-to.js';
import { executeOn, runOn, withCopy } from './copies.js';
import { liveIn, type LivedIn } from './lived-in-world.js';

const world = useWorld();
let lived: LivedIn;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'verify-command-'));
  lived = await liveIn(world);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], url: string, isTTY = false): Promise<Ran> {
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const code = await runVerify(args, { DATABASE_URL: url }, { stdout, stderr });
  return { code, out: writtenTo(stdout), err: writtenTo(stderr) };
}

describe('the command', () => {
  it('says in one line that all holds, beside a service that runs', async () => {
    expect(await run([], lived.url)).toEqual({
      code: 0,
      out: 'All holds: 17 customers and 8 merges, no breaches\n',
      err: '',
    });
  });

  it('ends with the count of breaches, and exits with 1', async () => {
    await withCopy(lived.url, async (copy) => {
      await executeOn(copy, [`UPDATE customer SET version = 7 WHERE id = 19`]);
      expect(await run([], copy)).toEqual({
        code: 1,
        out: `organization ${lived.shop.id}, customer 19: at version 7 without an event\n17 customers and 8 merges: 1 breach\n`,
        err: '',
      });
    });
  });

  it('changes nothing', async () => {
    await world.expectNothingChanged(() => run([], lived.url));
  });

  it('brings a new database up to date, in which all holds', async () => {
    const empty = await createTestDatabase('empty');
    expect(await run([], empty.url)).toEqual({
      code: 0,
      out: 'All holds: 0 customers and 0 merges, no breaches\n',
      err: '',
    });
    await empty.remove();
  });

  it('draws a bar on a terminal only, and there on stderr, with each breach on a line of its own', async () => {
    await withCopy(lived.url, async (copy) => {
      await executeOn(copy, [`UPDATE customer SET version = 7 WHERE id = 19`]);
      const { out, err } = await run([], copy, true);
      expect(out.split('\n')).toHaveLength(3);
      expect(out).not.toContain('Verifying');
      expect(out).not.toContain('\u001B');
      expect(err).toContain('Verifying');
      // Whoever interrupts it keeps a terminal that shows the cursor, and breaks lines.
      expect(err).not.toContain('\u001B[?25l');
      expect(err).not.toContain('\u001B[?7l');
    });
  });

  it('tells what is wrong with the settings, and with what it is given', async () => {
    const settings = await run([], 'mysql://nowhere');
    expect(settings).toMatchObject({ code: 1, out: '' });
    expect(settings.err).toMatch(/^DATABASE_URL takes .*\n$/);
    expect(await run(['file.json'], lived.url)).toMatchObject({ code: 1, out: '' });
    for (const head of ['100', '=3:' + '0'.repeat(64), '100=3:0', `100=${'0'.repeat(64)}`]) {
      expect(await run(['--head', head], lived.url)).toMatchObject({ code: 1, out: '' });
    }
    expect((await run(['--help'], lived.url)).code).toBe(0);
  });

  it('says that it could not, where the database can be no database', async () => {
    const nowhere = { sqlite: `sqlite:${folder}`, postgres: `${lived.url}_gone` }[databaseKind()];
    const ran = await run([], nowhere);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toMatch(/^DATABASE_URL: .*\n$/);
  });
});

interface VerifiedBy extends Verified {
  readonly lines: readonly string[];
  /** How many rows came back at once at most. */
  readonly mostRows: number;
}

interface Watch {
  readonly onProgress?: (done: number, total: number) => void;
  /** Comes before each statement, which waits for it. */
  readonly meanwhile?: (parameters: readonly unknown[]) => Promise<void>;
}

/** Verifies by chunks of a size. */
async function verifyBy(url: string, chunkSize: number, { onProgress, meanwhile }: Watch = {}): Promise<VerifiedBy> {
  const database = await openDatabase(readSettings({ DATABASE_URL: url }).database);
  try {
    const lines: string[] = [];
    let mostRows = 0;
    const verified = await database.snapshot((manager) => {
      const counting = Object.create(manager) as EntityManager;
      counting.query = async <T>(statement: string, parameters?: unknown[]): Promise<T> => {
        await meanwhile?.(parameters ?? []);
        const rows = await manager.query<T>(statement, parameters);
        mostRows = Math.max(mostRows, (rows as unknown[]).length);
        return rows;
      };
      const onBreach = (breach: Parameters<typeof describeBreach>[0]) => lines.push(describeBreach(breach));
      return verify(counting, { onBreach, onProgress, chunkSize });
    });
    return { ...verified, lines, mostRows };
  } finally {
    await database.close();
  }
}

describe('chunks', () => {
  /** Something wrong of every kind, with the customers of both organizations. */
  const breaks = [
    'UPDATE points_summary SET redeemed = redeemed + 1',
    'UPDATE customer SET version = version + 1, last_sequence = 1',
    'DELETE FROM customer WHERE id IN (13, 19)',
    `DELETE FROM ledger_entry WHERE kind = 'MERGE_IN'`,
    `DELETE FROM audit_event WHERE action = 'MERGED' AND changes = '[]'`,
    `UPDATE audit_event SET changes = replace(changes, '"previous":null', '"previous":"broken"')`,
    'UPDATE customer SET merged_into = 99 WHERE merged_into IS NOT NULL',
    'CREATE TABLE loose AS SELECT * FROM customer_identifier',
    'DROP TABLE customer_identifier',
    'ALTER TABLE loose RENAME TO customer_identifier',
    'INSERT INTO customer_identifier SELECT organization_id, type, value, 17, false FROM customer_identifier',
  ];

  it('finds the same by chunks of any size', async () => {
    await withCopy(lived.url, async (copy) => {
      await executeOn(copy, breaks);
      const whole = await verifyBy(copy, 1000);
      expect(whole.breaches).toBe(whole.lines.length);
      expect(whole.breaches).toBeGreaterThan(80);
      for (const chunkSize of [1, 2, 3, 5, 8, 21]) {
        const { lines, customers, merges, breaches } = await verifyBy(copy, chunkSize);
        expect([...lines].sort()).toEqual([...whole.lines].sort());
        expect({ customers, merges, breaches }).toEqual({ customers: 15, merges: 8, breaches: whole.breaches });
      }
    });
  });

  describe('of many customers, and one with many events', () => {
    // Of each of five merges: two sides, up to three sums of entries, two programs and lifetimePurchases.
    const MOST_OF_FIVE = 5 * 2 * 3 * 3;

    beforeAll(async () => {
      const shop = await world.given.organization({});
      const summary = { programId: '7', lifetimePoints: '1' };
      const ids = Array.from({ length: 200 }, (_, index) => String(index + 1));
      await world.given.customers(shop, ...ids.map((id) => ({ id, pointsSummaries: [summary] })));
      for (let change = 0; change < 120; change += 1)
        await shop.updated({ id: '7', firstname: change % 2 ? 'A' : 'B' });
    });

    it('never reads more than a chunk at once', async () => {
      const { mostRows, lines } = await verifyBy(lived.url, 5);
      expect(lines).toEqual([]);
      expect(mostRows).toBeLessThanOrEqual(MOST_OF_FIVE);
      expect((await verifyBy(lived.url, 1000)).mostRows).toBeGreaterThan(200);
    });

    it.each([
      [[]],
      [['customer_identifier']],
      [['customer_identifier', 'points_summary']],
      [['customer_identifier', 'ledger_entry']],
    ])('nor of what is left where all customers are gone, and %j too', async (tables) => {
      await withCopy(lived.url, async (copy) => {
        await executeOn(
          copy,
          ['customer', ...tables].map((table) => `DELETE FROM ${table}`),
        );
        const { mostRows, breaches } = await verifyBy(copy, 5);
        expect(breaches).toBeGreaterThan(200);
        expect(mostRows).toBeLessThanOrEqual(MOST_OF_FIVE);
      });
    });
  });

  it('tells its progress up to the end', async () => {
    const told: (readonly [number, number])[] = [];
    const { customers, merges } = await verifyBy(lived.url, 4, {
      onProgress: (done, all) => told.push([done, all]),
    });
    const total = customers + merges;
    expect(told.map(([, of]) => of)).toEqual(told.map(() => total));
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((a, b) => a - b));
    expect(told.at(-1)).toEqual([total, total]);
    expect(told.length).toBeGreaterThan(5);
  });
});

describe('beside a service that writes', () => {
  it('sees one moment of it, whatever is merged, undone and updated meanwhile', async () => {
    const shop = await world.given.organization({ configs: { CONF_ALLOW_EMAIL_UPDATE: '1' } });
    const summary = { programId: '1016', lifetimePoints: '10' };
    const pairs = Array.from({ length: 10 }, (_, index) => index);
    await world.given.customers(
      shop,
      ...pairs.map((pair) => ({ id: String(pair), type: 'LOYALTY' as const, pointsSummaries: [summary] })),
      ...pairs.map((pair) => ({ id: String(100 + pair), email: `v${pair}@example.com`, pointsSummaries: [summary] })),
    );
    const mergeIds: string[] = [];
    const steps = [
      ...pairs.map((pair) => async () => {
        const { merges } = await shop.updated({ id: String(pair), email: `v${pair}@example.com` });
        mergeIds.push(...merges.map(({ id }) => id));
      }),
      ...pairs.map((pair) => () => shop.updated({ id: String(pair), firstname: 'Ann' })),
      () => shop.undone(mergeIds[0] ?? ''),
    ];
    // A step at every fifth statement about this organization: of the first pairs, one side was read by then.
    let statements = 0;
    const { lines } = await verifyBy(lived.url, 3, {
      async meanwhile(parameters) {
        if (!parameters.includes(shop.id)) return;
        statements += 1;
        if (statements % 5 === 0) await steps.shift()?.();
      },
    });
    expect(steps).toEqual([]);
    expect(lines).toEqual([]);
    expect((await runOn(lived.url)).breaches).toEqual([]);
  });
});
