import { describe, expect, it } from 'vitest';
import { databaseKind } from '../support/test-database.js';
import { useBrokenWorld } from './broken-world.js';

const broken = useBrokenWorld();

const bound = 10n ** 15n;
const setSummary = (id: number, what: string): string => `UPDATE points_summary SET ${what} WHERE ${broken.of(id)}`;
const setEntry = (id: number, condition: string, what: string): string =>
  `UPDATE ledger_entry SET ${what} WHERE ${broken.of(id)} AND ${condition}`;

describe('figures and their ledger', () => {
  it.each([
    ['redeemed', 'redeemed'],
    ['expired', 'expired'],
    ['returned', 'returned'],
    ['adjusted', 'adjusted'],
    ['lifetimePoints', 'lifetime_points'],
    ['cumulativePurchases', 'cumulative_purchases'],
  ])('names %s that is a thousandth from the sum of its entries', async (figure, column) => {
    const line = broken.line(19, `not the sum of the ledger entries: pointsSummaries.7.${figure}`);
    expect(await broken.breachesAfter(setSummary(19, `${column} = ${column} + 1`))).toEqual([line]);
    expect(await broken.breachesAfter(setEntry(19, `program_id = '7'`, `${column} = ${column} - 1`))).toEqual([line]);
  });

  it('names lifetimePurchases that are not the sum of the entries without a program', async () => {
    const line = broken.line(19, 'not the sum of the ledger entries: lifetimePurchases');
    const set = `UPDATE customer SET lifetime_purchases = lifetime_purchases - 1 WHERE ${broken.customer(19)}`;
    expect(await broken.breachesAfter(set)).toEqual([line]);
    const remove = `DELETE FROM ledger_entry WHERE ${broken.of(19)} AND program_id IS NULL`;
    expect(await broken.breachesAfter(remove)).toEqual([line]);
  });

  it('names points in an entry without a program, which has lifetimePurchases only', async () => {
    expect(await broken.breachesAfter(setEntry(19, 'program_id IS NULL', 'redeemed = 1'))).toEqual([
      broken.line(19, 'not the sum of the ledger entries: redeemed without a program'),
    ]);
  });

  it('names entries that do not sum to zero where there is no summary', async () => {
    const paths = ['redeemed', 'lifetimePoints', 'cumulativePurchases'].map((name) => `pointsSummaries.7.${name}`);
    expect(await broken.breachesAfter(`DELETE FROM points_summary WHERE ${broken.of(19)}`)).toEqual([
      broken.line(19, `ledger entries that do not sum to zero, though nothing stands for them: ${paths.join(', ')}`),
    ]);
  });

  it('has a world with entries that sum to zero and no summary: an undone merge had made it', async () => {
    const entries = `SELECT 1 FROM ledger_entry WHERE ${broken.of(13)} AND program_id = '7'`;
    expect(await broken.world.query(entries)).toHaveLength(2);
    const summaries = `SELECT 1 FROM points_summary WHERE ${broken.of(13)} AND program_id = '7'`;
    expect(await broken.world.query(summaries)).toEqual([]);
  });

  it('names an entry of no known kind', async () => {
    expect(await broken.breachesAfter(setEntry(19, `program_id = '7'`, `kind = 'GIFT'`))).toEqual([
      await broken.entryLine(19, `program_id = '7'`, 'ledger entry of no known kind'),
    ]);
  });

  it('names an entry that changes no figure', async () => {
    const lines = await broken.breachesAfter(
      `INSERT INTO ledger_entry SELECT organization_id, customer_id, sequence - 1, at, kind, '7', 0, 0, 0, 0, 0, 0, rule,
         merge_id FROM ledger_entry WHERE ${broken.of(19)} AND program_id = '7'`,
    );
    expect(lines).toEqual([expect.stringMatching(/, customer 19, sequence \d+: ledger entry that changes no figure$/)]);
  });

  it('names an AWARD entry of a reward that the customer has not had', async () => {
    expect(await broken.breachesAfter(`DELETE FROM reward_had WHERE ${broken.of(18)}`)).toEqual([
      await broken.entryLine(18, `kind = 'AWARD'`, 'AWARD entry of a reward that the customer has not had'),
    ]);
  });
});

describe('figures that are no Decimal', () => {
  it('names them in a summary, in lifetimePurchases and in the ledger', async () => {
    expect(
      await broken.breachesAfter(
        setSummary(19, `adjusted = -${bound}`),
        setEntry(19, `program_id = '7'`, `adjusted = -${bound}`),
        `UPDATE customer SET lifetime_purchases = ${bound} WHERE ${broken.customer(19)}`,
        setEntry(19, 'program_id IS NULL', `cumulative_purchases = ${bound}`),
      ),
    ).toEqual([
      broken.line(19, 'no Decimal: pointsSummaries.7.adjusted'),
      broken.line(19, 'no Decimal: lifetimePurchases'),
      await broken.entryLine(19, `program_id = '7'`, 'ledger entry that is no Decimal: pointsSummaries.7.adjusted'),
      await broken.entryLine(19, 'program_id IS NULL', 'ledger entry that is no Decimal: lifetimePurchases'),
    ]);
  });

  it('takes the greatest one for a Decimal', async () => {
    const most = `lifetime_points = ${bound - 1n}, redeemed = 0`;
    // What is wrong with a Decimal is only that the ledger has another.
    expect(await broken.breachesAfter(setSummary(19, most))).toEqual([
      broken.line(
        19,
        'not the sum of the ledger entries: pointsSummaries.7.redeemed, pointsSummaries.7.lifetimePoints',
      ),
    ]);
  });

  it('names loyaltyPoints that are none, though each figure is one', async () => {
    const most = `lifetime_points = ${bound - 1n}, adjusted = ${bound - 1n}`;
    expect(await broken.breachesAfter(setSummary(19, most), setEntry(19, `program_id = '7'`, most))).toEqual([
      broken.line(19, 'no Decimal: pointsSummaries.7.loyaltyPoints'),
    ]);
  });

  it.each([
    ['lifetimePoints', [bound - 1n, bound - 1n, 0n]],
    ['loyaltyPoints', [0n, 0n, bound - 1n]],
  ])('names the sum of %s over programs that is none, though that of each program is', async (_, figures) => {
    const [lifetimePoints, redeemed, adjusted] = figures;
    const set = `lifetime_points = ${lifetimePoints}, redeemed = ${redeemed}, adjusted = ${adjusted}`;
    const columns = `${lifetimePoints}, ${redeemed}, 0, 0, ${adjusted}, 0`;
    expect(
      await broken.breachesAfter(
        setSummary(19, set),
        setEntry(19, `program_id = '7'`, set),
        `INSERT INTO points_summary SELECT organization_id, customer_id, '1016', ${columns}, 1, NULL
           FROM points_summary WHERE ${broken.of(19)}`,
        `INSERT INTO ledger_entry SELECT organization_id, customer_id, sequence - 1, at, kind, '1016', ${columns}, rule,
           merge_id FROM ledger_entry WHERE ${broken.of(19)} AND program_id = '7'`,
      ),
    ).toEqual([broken.line(19, 'lifetimePoints or loyaltyPoints over all programs is no Decimal')]);
  });

  // PostgreSQL has no fraction in a bigint.
  it.runIf(databaseKind() === 'sqlite')('names a fraction, and goes on (SQLite alone takes one)', async () => {
    expect(await broken.breachesAfter(setSummary(13, 'redeemed = 0.5'), setSummary(19, 'returned = 1'))).toEqual([
      broken.line(19, 'not the sum of the ledger entries: pointsSummaries.7.returned'),
      broken.line(13, 'no Decimal: pointsSummaries.1016.redeemed'),
      broken.line(13, 'its stored values cannot be read'),
    ]);
  });

  it('does not fail on figures that no sum can hold', async () => {
    const most = 2n ** 63n - 1n;
    const set = `expired = ${most}, returned = -${most}`;
    const lines = await broken.breachesAfter(`UPDATE points_summary SET ${set}`, `UPDATE ledger_entry SET ${set}`);
    expect(lines).toContain(broken.line(19, 'no Decimal: pointsSummaries.7.expired, pointsSummaries.7.returned'));
  });
});

describe('figures of a merge', () => {
  const paths = 'pointsSummaries.7.lifetimePoints, pointsSummaries.7.cumulativePurchases';
  const redeemed = 'pointsSummaries.1016.redeemed';
  const move = (id: number, kind: string, by: number): string =>
    setEntry(id, `kind = '${kind}' AND program_id = '1016'`, `redeemed = redeemed + ${by}`);
  const inRecord = (column: string, text: string, other: string): string =>
    `UPDATE customer_merge SET ${column} = replace(${column}, '${text}', '${other}')
      WHERE ${broken.merge(broken.now.standing)}`;

  it('names entries that do not sum to zero, of the merge and of the organization', async () => {
    expect(
      await broken.breachesAfter(
        `DELETE FROM ledger_entry WHERE ${broken.of(11)} AND kind = 'MERGE_IN' AND program_id = '7'`,
      ),
    ).toEqual([
      broken.line(11, `not the sum of the ledger entries: ${paths}`),
      broken.organizationLine(`all merge entries together do not sum to zero: ${paths}`),
      broken.mergeLine(broken.now.standing, `MERGE_OUT and MERGE_IN entries do not sum to zero: ${paths}`),
    ]);
  });

  it('names entries of an undo that do not sum to zero', async () => {
    expect(
      await broken.breachesAfter(
        `DELETE FROM ledger_entry WHERE ${broken.of(14)} AND kind = 'UNDO_IN' AND program_id IS NULL`,
      ),
    ).toEqual([
      broken.line(14, 'not the sum of the ledger entries: lifetimePurchases'),
      broken.organizationLine('all merge entries together do not sum to zero: lifetimePurchases'),
      broken.mergeLine(broken.now.undone, 'UNDO_OUT and UNDO_IN entries do not sum to zero: lifetimePurchases'),
    ]);
  });

  it('names a merge that moved other figures than it says, though all sums are right', async () => {
    const { standing } = broken.now;
    expect(
      await broken.breachesAfter(
        move(12, 'OPENING', 1),
        move(12, 'MERGE_OUT', -1),
        move(11, 'MERGE_IN', 1),
        move(11, 'OPENING', -1),
      ),
    ).toEqual([
      broken.mergeLine(standing, `balances are not what the ledger had before the merge: ${redeemed}`),
      broken.mergeLine(standing, `MERGE_IN entries are not what the balances say: ${redeemed}`),
    ]);
  });

  it('names an undo that moved back other figures than the merge had brought', async () => {
    expect(
      await broken.breachesAfter(
        move(14, 'UNDO_IN', 1),
        move(13, 'UNDO_OUT', -1),
        `${setSummary(14, 'redeemed = redeemed + 1')} AND program_id = '1016'`,
        setSummary(13, 'redeemed = redeemed - 1'),
      ),
    ).toEqual([
      broken.line(13, `stored otherwise than its events have left it: ${redeemed}`),
      broken.line(14, `stored otherwise than its events have left it: ${redeemed}`),
      broken.mergeLine(broken.now.undone, `UNDO_IN entries are not what the balances say: ${redeemed}`),
    ]);
  });

  it('names balances that do not add up', async () => {
    expect(await broken.breachesAfter(inRecord('balances', '"after":"107500"', '"after":"107501"'))).toEqual([
      broken.mergeLine(
        broken.now.standing,
        'survivorBefore and victimBefore do not add up to after: lifetimePurchases',
      ),
    ]);
  });

  it('names balances that add up but are not what happened', async () => {
    const { standing } = broken.now;
    const before = '"victimBefore":"7000","after":"107500"';
    expect(await broken.breachesAfter(inRecord('balances', before, before.replaceAll('00"', '01"')))).toEqual([
      broken.mergeLine(standing, 'balances are not those of the sides that an undo restores: lifetimePurchases'),
      broken.mergeLine(standing, 'balances are not what the ledger had before the merge: lifetimePurchases'),
      broken.mergeLine(standing, 'MERGE_IN entries are not what the balances say: lifetimePurchases'),
    ]);
  });

  it.each(['survivor_before', 'victim_before'])('names figures of %s that an undo would bring back', async (side) => {
    const reason = `balances are not those of the sides that an undo restores: ${redeemed}`;
    expect(await broken.breachesAfter(inRecord(side, '"redeemed":"', '"redeemed":"1'))).toContainEqual(
      expect.stringContaining(`merge ${broken.now.standing}: ${reason}`),
    );
  });

  it.each(['balances', 'survivor_before', 'victim_before'])(
    'names a record whose %s cannot be read',
    async (column) => {
      const cut = `UPDATE customer_merge SET ${column} = '{' WHERE ${broken.merge(broken.now.standing)}`;
      expect(await broken.breachesAfter(cut)).toEqual([
        broken.mergeLine(broken.now.standing, 'its record cannot be read'),
      ]);
    },
  );

  it('names an entry of a merge that is not there', async () => {
    const { first } = broken.now;
    const isOut = `kind = 'MERGE_OUT'`;
    const figures = ['redeemed', 'lifetimePoints', 'cumulativePurchases'].map((name) => `pointsSummaries.1016.${name}`);
    expect(await broken.breachesAfter(setEntry(15, isOut, `merge_id = 'broken'`))).toEqual([
      await broken.entryLine(15, isOut, 'MERGE_OUT or UNDO_IN entry without a merge that has the customer as victim'),
      broken.mergeLine(first, `MERGE_OUT and MERGE_IN entries do not sum to zero: ${figures.join(', ')}`),
    ]);
  });

  it('names an entry of a merge of other customers, and one that is of none by its kind', async () => {
    const { undone, standing } = broken.now;
    const isPurchases = 'program_id IS NULL';
    const set = `merge_id = '${undone}'`;
    expect(
      await broken.breachesAfter(
        setEntry(11, `kind = 'MERGE_IN' AND ${isPurchases}`, set),
        setEntry(12, `kind = 'MERGE_OUT' AND ${isPurchases}`, set),
        setEntry(19, isPurchases, set),
      ),
    ).toEqual([
      await broken.entryLine(
        11,
        `kind = 'MERGE_IN' AND ${isPurchases}`,
        'MERGE_IN or UNDO_OUT entry without a merge that has the customer as survivor',
      ),
      await broken.entryLine(
        12,
        `kind = 'MERGE_OUT' AND ${isPurchases}`,
        'MERGE_OUT or UNDO_IN entry without a merge that has the customer as victim',
      ),
      await broken.entryLine(19, isPurchases, 'OPENING or AWARD entry that names a merge'),
      broken.mergeLine(standing, 'MERGE_IN entries are not what the balances say: lifetimePurchases'),
    ]);
  });

  it('names a merge that found what the one before it in its request brought twice, wherever the second entry stands', async () => {
    const { world, now } = broken;
    await world.given.customers(
      now.shop,
      { id: '31', type: 'LOYALTY' },
      { id: '32', email: 'thirtytwo@example.com', lifetimePurchases: '32' },
      { id: '33', externalId: 'XXXIII', lifetimePurchases: '33' },
      { id: '34', email: 'thirtyfour@example.com' },
    );
    await now.shop.updated({ id: '31', email: 'thirtytwo@example.com', externalId: 'XXXIII' });
    // Another request's merge, of another time, stands between both entries.
    await new Promise((resolve) => setTimeout(resolve, 2));
    await now.shop.updated({ id: '31', email: 'thirtyfour@example.com' });
    const [first, second] = await world.query<{ id: string }>(
      `SELECT id FROM customer_merge WHERE organization_id = '${now.shop.id}' AND survivor_id = 31 ORDER BY sequence`,
    );
    const columns = `redeemed, expired, returned, adjusted, lifetime_points, cumulative_purchases, rule`;
    const double = `INSERT INTO ledger_entry
        (organization_id, customer_id, sequence, at, kind, program_id, merge_id, ${columns})
      SELECT organization_id, customer_id, sequence + 1000000000, at, kind, program_id, merge_id, ${columns}
        FROM ledger_entry
       WHERE ${broken.of(31)} AND kind = 'MERGE_IN' AND program_id IS NULL AND merge_id = '${first?.id ?? ''}'`;
    expect(await broken.breachesAfter(double)).toContain(
      broken.mergeLine(second?.id ?? '', 'balances are not what the ledger had before the merge: lifetimePurchases'),
    );
  });
});
