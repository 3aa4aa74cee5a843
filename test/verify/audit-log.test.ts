import { beforeAll, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { parseHead } from '../../src/audit/audit-chain.js';
import type { Merge } from '../support/answers.js';
import { useBrokenWorld } from './broken-world.js';

// Whoever writes into the audit log by hand is found out: on every database, by statements that no service sends.

interface LogRow {
  readonly customer_id: number;
  readonly sequence: number;
  readonly at: number;
  readonly action: string;
  readonly version: number;
  readonly request_id: string;
  readonly client: string;
  readonly till_code: string | null;
  readonly user_context: string | null;
  readonly changes: string;
  readonly merge_id: string | null;
  readonly position: number;
  readonly hash: string;
  readonly salt: string;
}

const broken = useBrokenWorld();
/** The organization's audit log, by position. */
let log: LogRow[];
/** The event of customer 18, by which its figures changed too. */
let rewarded: LogRow;

beforeAll(async () => {
  log = await broken.world.query<LogRow>('SELECT * FROM audit_event WHERE organization_id = ? ORDER BY position', [
    broken.now.shop.id,
  ]);
  rewarded = log.find(({ customer_id }) => customer_id === 18) as LogRow;
});

const at = ({ position }: LogRow): string => `organization_id = '${broken.now.shop.id}' AND position = ${position}`;
const set = (row: LogRow, what: string): string => `UPDATE audit_event SET ${what} WHERE ${at(row)}`;
const setHead = (what: string): string =>
  `UPDATE audit_head SET ${what} WHERE organization_id = '${broken.now.shop.id}'`;
const behind = (row: LogRow): LogRow => log[log.indexOf(row) + 1] as LogRow;
const last = (): LogRow => log.at(-1) as LogRow;

const line = ({ position, customer_id, sequence }: LogRow, reason: string): string =>
  `organization ${broken.now.shop.id}, position ${position}, customer ${customer_id}, sequence ${sequence}: ${reason}`;
const WRONG = 'its hash is not that of the event before and of what it says';

describe('an event that was changed is named', () => {
  const changes: [what: string, how: string][] = [
    ['who did it', `client = 'somebody'`],
    ['at which till', `till_code = NULL`],
    ['by which request', `request_id = 'another'`],
    ['for whom', `user_context = '{"entityType":null,"entityId":"7","source":null,"sourceId":null}'`],
    ['when', 'at = at + 1'],
    ['why', `changes = replace(changes, '"rule":"REQUEST"', '"rule":"FILLED"')`],
    ['a value', `changes = replace(changes, '"current":"Eighteen"', '"current":"broken"')`],
    ['a figure', `changes = replace(changes, '"current":"50"', '"current":"51"')`],
    ['the salt of its values', `salt = 'AAAAAAAAAAAAAAAAAAAAAA'`],
  ];
  it.each(changes)('%s', async (_what, how) => {
    expect(await broken.allBreachesAfter(set(rewarded, how))).toContain(line(rewarded, WRONG));
  });

  it('and it alone, though all that come later follow from it', async () => {
    expect(await broken.allBreachesAfter(set(rewarded, `client = 'somebody'`))).toEqual([line(rewarded, WRONG)]);
  });

  it('by the one that comes next, where its hash was made to fit', async () => {
    const [changed] = relinked((row) => (row === rewarded ? { ...row, client: 'somebody' } : row), [rewarded]);
    const statements = [set(rewarded, `client = 'somebody', hash = '${changed?.hash ?? ''}'`)];
    expect(await broken.allBreachesAfter(...statements)).toEqual([line(behind(rewarded), WRONG)]);
  });

  it('where its changes cannot be read', async () => {
    expect(await broken.allBreachesAfter(set(rewarded, `changes = '{'`))).toContain(line(rewarded, WRONG));
  });
});

describe('events that are not where they were are named', () => {
  it('one that was removed, by the one behind it', async () => {
    const lines = await broken.allBreachesAfter(`DELETE FROM audit_event WHERE ${at(rewarded)}`);
    expect(lines).toContain(line(behind(rewarded), 'behind an event that is missing'));
  });

  it('two that were removed, and the place closed up', async () => {
    const next = behind(rewarded);
    const lines = await broken.allBreachesAfter(
      `DELETE FROM audit_event WHERE ${at(rewarded)} OR ${at(next)}`,
      ...moved(`position - 2`, `position > ${next.position}`),
    );
    expect(lines).toContain(line({ ...behind(next), position: rewarded.position }, WRONG));
    expect(lines).toContain(
      headLine(`the head of its audit log is at position ${log.length}, its last event at ${log.length - 2}`),
    );
  });

  it('the last one that was removed, by the head', async () => {
    const lines = await broken.allBreachesAfter(`DELETE FROM audit_event WHERE ${at(last())}`);
    expect(lines).toContain(
      headLine(`the head of its audit log is at position ${log.length}, its last event at ${log.length - 1}`),
    );
  });

  it('two that have changed places', async () => {
    const next = behind(rewarded);
    const lines = await broken.allBreachesAfter(
      set(rewarded, 'position = -1'),
      set(next, `position = ${rewarded.position}`),
      `UPDATE audit_event SET position = ${next.position} WHERE position = -1`,
    );
    expect(lines).toContain(line({ ...next, position: rewarded.position }, WRONG));
    expect(lines).toContain(line({ ...rewarded, position: next.position }, WRONG));
  });

  it('one that was inserted, and has no place', async () => {
    const lines = await broken.allBreachesAfter(inserted('NULL', 'NULL'));
    expect(lines).toContain(
      `organization ${broken.now.shop.id}, customer 18, sequence ${rewarded.sequence + 1}: event without a position in the audit log`,
    );
  });

  it.each(['0', '-1', '-9223372036854775807'])('one that was inserted before the first, at %s', async (position) => {
    const lines = await broken.allBreachesAfter(inserted(position, 'hash'));
    expect(lines).toContain(
      `organization ${broken.now.shop.id}, customer 18, sequence ${rewarded.sequence + 1}: event without a position in the audit log`,
    );
  });

  it('one that was inserted among the others', async () => {
    const position = rewarded.position + 1;
    const lines = await broken.allBreachesAfter(
      ...moved('position + 1', `position >= ${position}`),
      inserted(String(position), 'hash'),
    );
    expect(lines).toContain(line({ ...rewarded, position, sequence: rewarded.sequence + 1 }, WRONG));
  });

  it('one that was put behind the last', async () => {
    const position = log.length + 1;
    const lines = await broken.allBreachesAfter(inserted(String(position), 'hash'));
    expect(lines).toContain(line({ ...rewarded, position, sequence: rewarded.sequence + 1 }, WRONG));
    expect(lines).toContain(
      headLine(`the head of its audit log is at position ${log.length}, its last event at ${position}`),
    );
  });
});

describe('a head that is not the last event is named', () => {
  it('by its hash, by its position, and where it is gone', async () => {
    expect(await broken.allBreachesAfter(setHead(`hash = '${'0'.repeat(64)}'`))).toEqual([
      headLine('the head of its audit log is not the hash of its last event'),
    ]);
    expect(await broken.allBreachesAfter(setHead('position = 3'))).toEqual([
      headLine(`the head of its audit log is at position 3, its last event at ${log.length}`),
    ]);
    expect(
      await broken.allBreachesAfter(`DELETE FROM audit_head WHERE organization_id = '${broken.now.shop.id}'`),
    ).toEqual([headLine('its audit log has no head')]);
  });
});

describe('what is passed off as erased is named', () => {
  it('values that are there without a salt', async () => {
    const lines = await broken.allBreachesAfter(set(rewarded, `salt = NULL, values_digest = '${'0'.repeat(64)}'`));
    expect(lines).toContain(line(rewarded, 'its values are there, though it has no salt for them'));
  });

  it('values that are gone, of a person who is not', async () => {
    const victims = log.find(({ customer_id, action }) => customer_id === 12 && action === 'MERGED') as LogRow;
    const values = sha256(JSON.stringify(['audit-values/1', victims.salt, null, []]));
    expect(await broken.allBreachesAfter(set(victims, `salt = NULL, values_digest = '${values}'`))).toEqual([
      line(victims, 'its values are erased, and nobody was whose they could be'),
    ]);
  });

  it('a digest beside the values that it stands for', async () => {
    expect(await broken.allBreachesAfter(set(rewarded, `values_digest = '${'0'.repeat(64)}'`))).toContain(
      line(rewarded, 'it has a digest in place of its values, which are there'),
    );
  });
});

describe('a head that is kept elsewhere', () => {
  const kept = async () => {
    const merge = (await broken.now.shop.merge(broken.now.standing)) as Merge;
    const head = parseHead(merge.auditHead ?? '');
    if (head === null) throw new Error('The merge has no head');
    return { organizationId: broken.now.shop.id, head };
  };

  it('is in the log, and stays there', async () => {
    expect(await broken.verifiedAfter([], [await kept()])).toEqual([]);
    const first = { organizationId: broken.now.shop.id, head: { position: 0, hash: '0'.repeat(64) } };
    expect(await broken.verifiedAfter([], [first])).toEqual([]);
  });

  it('finds out who made the whole chain anew, which nothing else does', async () => {
    const { head, organizationId } = await kept();
    const changed = log[0] as LogRow;
    const forged = relinked((row) => (row === changed ? { ...row, client: 'somebody' } : row), log);
    const statements = [
      set(changed, `client = 'somebody'`),
      ...forged.map((row) => set(row, `hash = '${row.hash}'`)),
      setHead(`hash = '${forged.at(-1)?.hash ?? ''}'`),
    ];
    expect(await broken.verifiedAfter(statements)).toEqual([]);
    expect(await broken.verifiedAfter(statements, [{ organizationId, head }])).toEqual([
      `organization ${organizationId}, position ${head.position}: not the audit log whose head was kept: another event is there`,
    ]);
  });

  it('is missed where the log is shorter, or another organization’s', async () => {
    const { head } = await kept();
    expect(await broken.verifiedAfter([], [{ organizationId: 'none', head }])).toEqual([
      `organization none, position ${head.position}: not the audit log whose head was kept: no event is there`,
    ]);
  });
});

describe('the head in the answer of a merge', () => {
  it('is that of the last event of the merge, wherever the merge is answered', async () => {
    const { shop, standing, second } = broken.now;
    for (const id of [standing, second]) {
      const merge = (await shop.merge(id)) as Merge;
      const events = log.filter(({ merge_id, action }) => merge_id === id && action === 'MERGED');
      expect(merge.auditHead).toBe(`${String(events.at(-1)?.position)}:${events.at(-1)?.hash ?? ''}`);
      const survivor = await shop.customer(merge.survivorId);
      expect(survivor.merges.find((one) => one.id === id)).toEqual(merge);
    }
  });
});

const headLine = (reason: string): string => broken.organizationLine(reason);
const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** Statements that give events other positions, by way of others that nobody has. */
const moved = (to: string, which: string): string[] => [
  `UPDATE audit_event SET position = -(${to}) WHERE organization_id = '${broken.now.shop.id}' AND ${which}`,
  `UPDATE audit_event SET position = -position WHERE organization_id = '${broken.now.shop.id}' AND position < 0`,
];

/** A copy of the event with another sequence. */
const inserted = (position: string, hash: string): string =>
  `INSERT INTO audit_event SELECT organization_id, customer_id, sequence + 1, at, action, version, request_id, client,
     till_code, user_context, changes, merge_id, ${position}, ${hash}, salt, NULL FROM audit_event WHERE ${at(rewarded)}`;

/**
 * The hashes of the rows, changed first, as docs/audit-chain.md has them: by a second reading of that page, which shares
 * nothing with the service.
 */
function relinked(change: (row: LogRow) => LogRow, rows: readonly LogRow[]): LogRow[] {
  let previous = log[rows[0] === undefined ? -1 : log.indexOf(rows[0]) - 1]?.hash ?? '0'.repeat(64);
  return rows.map(change).map((row) => {
    const changed = JSON.parse(row.changes) as { field: string; previous: string; current: string; rule: string }[];
    const isFigure = (field: string): boolean => /^(lifetimePurchases$|pointsSummaries\.)/.test(field);
    const values = changed.filter(({ field }) => !isFigure(field)).map(({ previous: was, current }) => [was, current]);
    const context = row.user_context === null ? null : Object.values(JSON.parse(row.user_context) as object);
    previous = sha256(
      JSON.stringify([
        'audit-event/1',
        previous,
        row.position,
        broken.now.shop.id,
        row.customer_id,
        row.sequence,
        row.at,
        row.action,
        row.version,
        row.request_id,
        row.client,
        row.till_code,
        row.merge_id,
        changed.map(({ field, rule, previous: was, current }) =>
          isFigure(field) ? [field, rule, was, current] : [field, rule],
        ),
        sha256(JSON.stringify(['audit-values/1', row.salt, context, values])),
      ]),
    );
    return { ...row, hash: previous };
  });
}
