import { describe, expect, test } from 'vitest';
import type { Customer } from '../../support/answers.js';
import type { Shop } from '../../support/shop.js';
import { useWorld } from '../../support/world.js';

const world = useWorld();
const { given } = world;

const emails = Array.from({ length: 12 }, (_, index) => `contact.${String(index).padStart(2, '0')}@example.com`);

/** One contact after the other becomes the same member; each has what can be moved. */
async function mergeAll(shop: Shop): Promise<{ before: Customer; ids: readonly string[] }> {
  const member = await given.customer(shop, {
    type: 'LOYALTY',
    firstname: 'Rita',
    customFields: { nickname: 'Rita of old' },
    pointsSummaries: [{ programId: '7', lifetimePoints: '7' }],
  });
  const contacts = emails.map((email) => ({
    mobile: null,
    email,
    lifetimePurchases: '1',
    pointsSummaries: [{ programId: '1016', lifetimePoints: '10' }],
  }));
  await given.customers(shop, ...contacts);
  const before = await shop.customer(member.id);
  const ids: string[] = [];
  for (const email of emails) {
    const { merges } = await shop.updated({ id: member.id, email });
    ids.push(...merges.map(({ id }) => id));
  }
  return { before, ids };
}

interface Sides {
  survivor: string;
  victim: string;
}

async function sidesOf(mergeId: string | undefined): Promise<Sides> {
  const [sides] = await world.query<Sides>(
    'SELECT survivor_before AS survivor, victim_before AS victim FROM customer_merge WHERE id = ?',
    [mergeId],
  );
  if (sides === undefined) throw new Error(`There is no merge ${mergeId}`);
  return sides;
}

describe('the record of a merge', () => {
  test('is as large as what was moved, whatever the survivor has from merges before', async () => {
    const { ids } = await mergeAll(await given.organization());
    const [third, last] = [await sidesOf(ids[2]), await sidesOf(ids.at(-1))];
    expect(ids).toHaveLength(emails.length);
    // Numbers may have a digit more.
    expect(last.survivor.length - third.survivor.length).toBeLessThan(10);
    expect(last.victim.length - third.victim.length).toBeLessThan(10);
  });

  test('has nothing of the survivor that the merge left alone', async () => {
    const { ids } = await mergeAll(await given.organization());
    const { survivor } = await sidesOf(ids.at(-1));
    expect(survivor).not.toContain('Rita');
    expect(survivor).not.toContain(emails[0]);
    expect(survivor).not.toContain('"7"');
  });

  test('lets an undo of each, the last one first, restore what was before the first', async () => {
    const shop = await given.organization();
    const { before, ids } = await mergeAll(shop);
    for (const id of ids.toReversed()) await shop.undone(id);
    const after = await shop.customer(before.userId);
    const { version, updatedOn, auditLog, ledger } = after;
    expect(after).toEqual({ ...before, version, updatedOn, auditLog, ledger });
  });
});
