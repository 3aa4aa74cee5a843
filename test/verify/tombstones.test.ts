import { describe, expect, it } from 'vitest';
import { useBrokenWorld } from './broken-world.js';

const broken = useBrokenWorld();

const point = (id: number, to: number | 'NULL'): string =>
  `UPDATE customer SET merged_into = ${to} WHERE ${broken.customer(id)}`;

describe('merged customers', () => {
  it('names one that has a summary, be it all zero', async () => {
    expect(
      await broken.breachesAfter(
        `INSERT INTO points_summary SELECT organization_id, 12, program_id, 0, 0, 0, 0, 0, 0, NULL, NULL
           FROM points_summary WHERE ${broken.of(19)}`,
      ),
    ).toEqual([broken.line(12, 'merged away, but has points or purchases of its own')]);
  });

  it('names one that has purchases, which no ledger entry explains', async () => {
    expect(
      await broken.breachesAfter(`UPDATE customer SET lifetime_purchases = 5 WHERE ${broken.customer(12)}`),
    ).toEqual([
      broken.line(12, 'not the sum of the ledger entries: lifetimePurchases'),
      broken.line(12, 'merged away, but has points or purchases of its own'),
    ]);
  });

  it('names one whose ledger does not sum to zero', async () => {
    const lines = await broken.breachesAfter(
      `DELETE FROM ledger_entry WHERE ${broken.of(12)} AND kind = 'OPENING' AND program_id IS NULL`,
    );
    expect(lines).toContain(broken.line(12, 'not the sum of the ledger entries: lifetimePurchases'));
  });
});

describe('their survivors', () => {
  it('names one that does not exist', async () => {
    expect(await broken.breachesAfter(point(12, 99))).toEqual([
      broken.line(12, 'merged into customer 99, which does not exist'),
    ]);
  });

  it('names one that is merged away: pointers lead to a live customer in one step', async () => {
    expect(await broken.breachesAfter(point(15, 16))).toEqual([
      broken.line(15, 'merged into customer 16, which is itself merged into 17'),
    ]);
  });

  it('names a customer that is its own survivor', async () => {
    expect(await broken.breachesAfter(point(12, 12))).toEqual([
      broken.line(12, 'merged into customer 12, which is itself merged into 12'),
    ]);
  });

  it('names one to which no merge leads', async () => {
    const reason = 'merged into customer 19, but its standing merge leads to another one';
    expect(await broken.breachesAfter(point(12, 19))).toEqual([broken.line(12, reason)]);
    // By way of 16, which went into 17, so does the merge of 15.
    expect(await broken.breachesAfter(point(15, 19))).toEqual([broken.line(15, reason)]);
  });
});

describe('the merges that explain them', () => {
  it('names a customer that no merge explains, and all that tells of the merge', async () => {
    const { standing } = broken.now;
    const out = 'MERGE_OUT or UNDO_IN entry without a merge that has the customer as victim';
    const into = 'MERGE_IN or UNDO_OUT entry without a merge that has the customer as survivor';
    const lines = await broken.breachesAfter(`DELETE FROM customer_merge WHERE ${broken.merge(standing)}`);
    const entries = (id: number, reason: string) =>
      Promise.all(
        [`program_id IS NULL`, `program_id = '1016'`, `program_id = '7'`].map((program) =>
          broken.entryLine(id, `merge_id = '${standing}' AND ${program}`, reason),
        ),
      );
    expect(lines).toEqual([
      ...(await entries(11, into)),
      ...(await entries(12, out)),
      broken.line(12, 'merged away, but no standing merge says so'),
      await broken.eventLine(11, `action = 'MERGED'`, 'MERGED event without a record of the merge'),
      await broken.eventLine(12, `action = 'MERGED'`, 'MERGED event without a record of the merge'),
    ]);
  });

  it('names a merge that is undone by its record only', async () => {
    const { standing } = broken.now;
    const undo = `UPDATE customer_merge SET undone_at = merged_at WHERE ${broken.merge(standing)}`;
    expect(await broken.breachesAfter(undo)).toEqual([
      broken.line(12, 'merged away, but no standing merge says so'),
      expect.stringContaining(`merge ${standing}: UNDO_IN entries are not what the balances say: lifetimePurchases, `),
      broken.mergeLine(standing, 'it is undone, but its survivor does not have one MERGE_UNDONE event'),
      broken.mergeLine(standing, 'it is undone, but its victim does not have one MERGE_UNDONE event'),
    ]);
  });

  it('names a merge that stands by its record only', async () => {
    const { undone } = broken.now;
    const stand = `UPDATE customer_merge SET undone_at = NULL WHERE ${broken.merge(undone)}`;
    const event = 'MERGE_UNDONE event of a merge that stands';
    expect(await broken.breachesAfter(stand)).toEqual([
      await broken.eventLine(13, `action = 'MERGE_UNDONE'`, event),
      await broken.eventLine(14, `action = 'MERGE_UNDONE'`, event),
      expect.stringContaining(`merge ${undone}: UNDO entries, though the merge stands: lifetimePurchases, `),
      broken.mergeLine(undone, 'its survivor has not all identifiers that it has kept of its victim'),
      broken.mergeLine(undone, 'it stands, but its victim is not merged away'),
    ]);
  });

  it('names a victim that is live', async () => {
    expect(await broken.breachesAfter(point(12, 'NULL'))).toEqual([
      broken.mergeLine(broken.now.standing, 'it stands, but its victim is not merged away'),
    ]);
  });

  it('names a customer that two merges explain', async () => {
    const { standing } = broken.now;
    const lines = await broken.breachesAfter(
      `INSERT INTO customer_merge SELECT organization_id, 'twice', survivor_id, victim_id, sequence, merged_at, undone_at,
         matched_on, changes, balances, survivor_before, victim_before, erased_at
         FROM customer_merge WHERE ${broken.merge(standing)}`,
    );
    expect(lines).toContain(broken.line(12, 'merged away by 2 standing merges'));
    expect(lines).toContain(broken.mergeLine('twice', 'its survivor has no MERGED event at its sequence'));
    expect(lines).toContain(broken.mergeLine('twice', 'its victim does not have one MERGED event'));
    expect(lines.filter((line) => line.includes(standing))).toEqual([]);
  });

  it('names the merges of a customer that is gone', async () => {
    const lines = await broken.breachesAfter(
      `DELETE FROM customer WHERE ${broken.customer(11)} OR ${broken.customer(14)}`,
    );
    expect(lines).toContain(broken.line(12, 'merged into customer 11, which does not exist'));
    expect(lines).toContain(broken.mergeLine(broken.now.standing, 'its survivor does not exist'));
    expect(lines).toContain(broken.mergeLine(broken.now.undone, 'its victim does not exist'));
  });
});
