import { beforeAll, describe, expect, it } from 'vitest';
import { eraseEvent } from '../../src/audit/erase-event.js';
import type { FieldChange } from '../../src/audit/field-change.js';
import type { Shop } from '../support/shop.js';
import { useWorld } from '../support/world.js';
import { runOn } from '../verify/copies.js';
import { runEraseOn } from './run-erase.js';

// What `verify` still knows where a person was erased: it misses nothing that was taken, and notices whatever else is wrong.

const world = useWorld();
const { given } = world;

const configs = {
  CONF_ALLOW_MOBILE_UPDATE: '1',
  CONF_CUSTOMER_MERGE_OVERWRITE_EXTENDED_FIELD_VALUE: '1',
};

const points = (lifetimePoints: string) => [{ programId: '1016', lifetimePoints, slabSNo: 1 }];

/** Merges into the customer whoever has the mobile, does the work, and takes the merge apart again. */
async function mergedAndTakenApart(
  shop: Shop,
  id: string,
  mobile: string,
  work: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const { merges } = await shop.updated({ id, mobile });
  await work();
  await shop.undone(merges[0]?.id ?? '');
}

const city = (value: string) => ({ extendedFields: [{ name: 'city', value }] });

async function erase(shop: Shop, id: string): Promise<void> {
  const { code, err } = await runEraseOn(world.url, ['--organization', shop.id, '--customer', id]);
  expect([code, err]).toEqual([0, '']);
}

/** What is wrong with customers and logs of the organization. */
const breachesOf = async ({ id }: Shop): Promise<string[]> =>
  (await runOn(world.url)).breaches.filter((line) => new RegExp(`^organization ${id}\\b`).test(line));

describe('whoever was merged with an erased person, and taken apart again', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await given.organization({ configs });
    await given.customers(
      shop,
      { id: '1', mobile: '+447700912401', extendedFields: { city: 'Annas' }, pointsSummaries: points('100') },
      { id: '2', mobile: '+447700912402', extendedFields: { city: 'Ullas' }, pointsSummaries: points('20') },
      { id: '3', mobile: '+447700912403', firstname: 'Vera' },
      { id: '4', mobile: '+447700912404', extendedFields: { city: 'Coras' }, pointsSummaries: points('4') },
    );
    // Of 2 all is known by what the undo brought back; of 4 what its update has said.
    await mergedAndTakenApart(shop, '3', '+447700912402');
    await mergedAndTakenApart(shop, '2', '+447700912401');
    await shop.updated({ id: '4', ...city('Coras first') });
    await mergedAndTakenApart(shop, '4', '+447700912401', () => shop.updated({ id: '4', ...city('Coras second') }));
    await erase(shop, '1');
  });

  it('has a history that holds, though nobody can tell what the merge had changed', async () => {
    const told = await shop.customer('4');
    expect(told.extendedFields.map(({ value }) => value)).toEqual(['Coras second']);
    expect((await shop.customer('2')).extendedFields.map(({ value }) => value)).toEqual(['Ullas']);
    expect(await breachesOf(shop)).toEqual([]);
  });
});

interface EventRow {
  readonly organization_id: string;
  readonly customer_id: number | string;
  readonly sequence: number | string;
  readonly action: string;
  readonly changes: string;
  readonly salt: string | null;
}

describe('what was changed by hand beside an erasure is named', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await given.organization({ configs });
    await given.customers(
      shop,
      { id: '1', mobile: '+447700912501', firstname: 'Anna', pointsSummaries: points('100') },
      { id: '2', mobile: '+447700912502', lastname: 'Ulla', pointsSummaries: points('20') },
      { id: '3', mobile: '+447700912503' },
      { id: '4', mobile: '+447700912504' },
    );
    await mergedAndTakenApart(shop, '3', '+447700912502');
    const till = shop.with({ 'user-context-entity-type': 'CUSTOMER', 'user-context-entity-id': '7' });
    await shop.updated({ id: '4', firstname: 'Before' });
    await mergedAndTakenApart(till, '4', '+447700912501', () => shop.updated({ id: '4', firstname: 'Within' }));
    await shop.updated({ id: '4', firstname: 'After' });
    await mergedAndTakenApart(till, '1', '+447700912503');
    await mergedAndTakenApart(till, '2', '+447700912501');
    await erase(shop, '1');
    expect(await breachesOf(shop)).toEqual([]);
  });

  const setEvent = (id: number, action: string, what: string): Promise<void> =>
    world.execute(`UPDATE audit_event SET ${what} WHERE organization_id = ? AND customer_id = ? AND action = ?`, [
      shop.id,
      id,
      action,
    ]);

  it('a value that the erased events do not name', async () => {
    const set = (lastname: string): Promise<void> =>
      world.execute('UPDATE customer SET lastname = ? WHERE organization_id = ? AND id = 2', [lastname, shop.id]);
    await set('Other');
    expect(await breachesOf(shop)).toEqual([
      `organization ${shop.id}, customer 2: stored otherwise than its events have left it: lastname`,
    ]);
    await set('Ulla');
  });

  it('a figure, which an erased event tells as before', async () => {
    const replace = (from: string, to: string): Promise<void> =>
      setEvent(2, 'MERGED', `changes = replace(changes, '"previous":"${from}"', '"previous":"${to}"')`);
    await replace('20', '21');
    expect(await breachesOf(shop)).toContainEqual(
      expect.stringMatching(/customer 2, .*: previous is not what the events before had left: pointsSummaries\.1016\./),
    );
    await replace('21', '20');
  });

  it('a user context that an erased event has again, though it has no values', async () => {
    await setEvent(
      1,
      'MERGED',
      `user_context = '{"entityType":"CUSTOMER","entityId":"7","source":null,"sourceId":null}'`,
    );
    expect(await breachesOf(shop)).toContainEqual(
      expect.stringMatching(/customer 1, .*: its values are there, though it has no salt for them$/),
    );
  });

  it('what the other side of a merge did before and after it, passed off as erased', async () => {
    const rows = ((await world.snapshot())['audit_event'] ?? []).map((row) => JSON.parse(row) as EventRow);
    const whole = rows.filter(
      (row) => row.organization_id === shop.id && Number(row.customer_id) === 4 && row.salt !== null,
    );
    for (const { sequence, changes, salt } of whole) {
      const erased = eraseEvent({ userContext: null, changes: JSON.parse(changes) as FieldChange[] }, salt ?? '');
      await world.execute(
        `UPDATE audit_event SET salt = NULL, values_digest = ?, changes = ?
          WHERE organization_id = ? AND customer_id = 4 AND sequence = ?`,
        [erased.valuesDigest, JSON.stringify(erased.changes), shop.id, sequence],
      );
    }
    expect(whole.map(({ action }) => action)).toEqual(['UPDATED', 'UPDATED']);
    const named = /customer 4, sequence (\d+): its values are erased, and nobody was whose they could be$/;
    const found = (await breachesOf(shop)).flatMap((line) => named.exec(line)?.slice(1) ?? []);
    expect(found).toEqual(whole.map(({ sequence }) => String(sequence)));
  });
});

describe('what was erased and is there again, as from a copy of the database, is named', () => {
  let shop: Shop;
  let whole: EventRow[];
  beforeAll(async () => {
    shop = await given.organization({ configs });
    await given.customers(shop, { id: '1', mobile: '+447700912601' }, { id: '2', mobile: '+447700912602' });
    for (const id of ['1', '2']) {
      await shop.updated({ id, firstname: 'Anna' });
      await shop.updated({ id, firstname: 'Anne' });
    }
    await shop.updated({ id: '1', mobile: '+447700912602' });
    const rows = ((await world.snapshot())['audit_event'] ?? []).map((row) => JSON.parse(row) as EventRow);
    whole = rows.filter((row) => row.organization_id === shop.id && row.changes.includes('"current":"Anna"'));
    await erase(shop, '2');
    await shop.updated({ id: '1', firstname: 'Somebody' });
    expect(await breachesOf(shop)).toEqual([]);
  });

  const putBack = async (id: number): Promise<void> => {
    const { sequence, changes, salt } = whole.find((row) => Number(row.customer_id) === id) ?? {};
    await world.execute(
      `UPDATE audit_event SET salt = ?, values_digest = NULL, changes = ?
        WHERE organization_id = ? AND customer_id = ? AND sequence = ?`,
      [salt, changes, shop.id, id, sequence],
    );
  };

  it('of a customer, and of one that was merged into it', async () => {
    await putBack(1);
    await putBack(2);
    expect(await breachesOf(shop)).toEqual([
      expect.stringMatching(/customer 1, sequence \d+: events before it have values$/),
      `organization ${shop.id}, customer 2: it was erased, and its events have values`,
    ]);
  });
});
