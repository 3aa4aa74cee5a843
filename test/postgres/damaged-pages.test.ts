import { describe, expect, test } from 'vitest';
import type { Shop } from '../support/shop.js';
import { createTrigger, dropTrigger } from '../support/triggers.js';
import { useWorld } from '../support/world.js';

// What PostgreSQL says of a page that is damaged, said by the database itself: "What is met later is 503".

const world = useWorld();

const damaged = `RAISE EXCEPTION 'invalid page in block 7' USING ERRCODE = 'data_corrupted'`;
const unavailable = [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }];

const rename = (shop: Shop, id: string) =>
  shop.send('mutation ($id: ID!) { updateCustomer(input: { id: $id, firstname: "New" }) { success } }', { id });

describe('a page that is damaged', () => {
  test('makes an update that meets it 503, and no other one that came with it', async () => {
    const shop = await world.given.organization();
    const known = await world.given.customers(shop, ...Array.from({ length: 20 }, () => ({})));
    // Not the first: those are alone in their batches.
    const id = known.at(-1)?.id ?? '';
    await world.execute(createTrigger('damaged', `AFTER UPDATE ON customer WHEN NEW.id = ${id}`, { run: damaged }));
    const answers = await Promise.all(known.map((customer) => rename(shop, customer.id)));
    await world.execute(dropTrigger('damaged'));
    expect(answers.pop()?.errors).toMatchObject(unavailable);
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  });

  test('makes a query that meets it 503, and no other one that came with it', async () => {
    const shop = await world.given.organization();
    const known = await world.given.customers(
      shop,
      ...Array.from({ length: 20 }, () => ({ customFields: { age: '7' } })),
    );
    const id = known.at(-1)?.id ?? '';
    const columns = await world.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'customer_field'::regclass AND attnum > 0`,
    );
    const read = columns.map(({ name }) => (name === 'value' ? 'readable(customer_id, value) AS value' : name));
    await world.execute(`ALTER TABLE customer_field RENAME TO field_kept;
      CREATE FUNCTION readable(customer bigint, value text) RETURNS text LANGUAGE plpgsql
        AS $$ BEGIN IF customer = ${id} THEN ${damaged}; END IF; RETURN value; END $$;
      CREATE VIEW customer_field AS SELECT ${read.join(', ')} FROM field_kept`);
    const answers = await Promise.all(
      known.map((customer) => shop.send('query ($id: ID!) { customer(id: $id) { firstname } }', { id: customer.id })),
    );
    expect(answers.pop()?.errors).toMatchObject(unavailable);
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  });
});
