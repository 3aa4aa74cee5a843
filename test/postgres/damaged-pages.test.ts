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

  test('makes a query that meets it 503', async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    await world.execute(`ALTER TABLE customer RENAME TO customer_kept;
      CREATE FUNCTION damaged() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN ${damaged}; END $$;
      CREATE VIEW customer AS SELECT * FROM customer_kept WHERE damaged()`);
    const { errors } = await shop.send(`{ customer(id: "${id}") { firstname } }`);
    expect(errors).toMatchObject(unavailable);
  });
});
