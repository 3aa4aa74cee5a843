import { describe, expect, it } from 'vitest';
import { useBrokenWorld } from './broken-world.js';

const broken = useBrokenWorld();

const missing = (columns: string, reason: string): string =>
  `database: the unique key (${columns}) of customer_identifier is missing: ${reason}`;
const keyLine = missing('organization_id, type, value', 'customers may share an identifier');
const ownKeyLine = missing('organization_id, customer_id, type', 'a customer may have two own identifiers of a type');

/** The table as it was, but for the key. */
const withoutKey = [
  'CREATE TABLE loose AS SELECT * FROM customer_identifier',
  'DROP TABLE customer_identifier',
  'ALTER TABLE loose RENAME TO customer_identifier',
  'CREATE UNIQUE INDEX own ON customer_identifier (organization_id, customer_id, type) WHERE NOT is_alias',
  'CREATE INDEX by_customer ON customer_identifier (organization_id, customer_id, type)',
];
const withoutOwnKey = ['DROP INDEX customer_identifier_own'];

const give = (type: string, value: string, id: number, isAlias: boolean): string =>
  `INSERT INTO customer_identifier (organization_id, type, value, customer_id, is_alias)
   VALUES ('${broken.now.shop.id}', '${type}', '${value}', ${id}, ${isAlias})`;

describe('the keys by which the database enforces it', () => {
  it('names the one that keeps customers from sharing an identifier', async () => {
    expect(await broken.breachesAfter(...withoutKey)).toEqual([keyLine]);
  });

  it('does not take a key of some rows for one of all', async () => {
    const ofSome = 'CREATE UNIQUE INDEX of_some ON customer_identifier (organization_id, type, value) WHERE is_alias';
    expect(await broken.breachesAfter(...withoutKey, ofSome)).toEqual([keyLine]);
  });

  it('does not take a key with one column more for it', async () => {
    const wider = 'CREATE UNIQUE INDEX wider ON customer_identifier (organization_id, type, value, customer_id)';
    expect(await broken.breachesAfter(...withoutKey, wider)).toEqual([keyLine]);
  });

  it('names the one that keeps a customer from having two of a type', async () => {
    expect(await broken.breachesAfter(...withoutOwnKey)).toEqual([ownKeyLine]);
  });
});

describe('identifiers that are there more than once', () => {
  it('names the customers who have one, by its own value and as an alias', async () => {
    expect(await broken.breachesAfter(...withoutKey, give('EMAIL', 'eleven@example.com', 19, true))).toEqual([
      keyLine,
      broken.line(11, 'has the same EMAIL as customer 19'),
    ]);
  });

  it('names one that three customers have, and one that a customer has twice', async () => {
    expect(
      await broken.breachesAfter(
        ...withoutKey,
        give('EMAIL', 'eleven@example.com', 13, true),
        give('EMAIL', 'eleven@example.com', 19, true),
        give('EXTERNAL_ID', 'XIII', 13, true),
      ),
    ).toEqual([
      keyLine,
      broken.line(11, 'has the same EMAIL as customer 19 (3 rows in all)'),
      broken.line(13, 'has the same EXTERNAL_ID twice'),
    ]);
  });

  it('names a customer with two own ones of a type', async () => {
    expect(await broken.breachesAfter(...withoutOwnKey, give('EMAIL', 'broken@example.com', 11, false))).toEqual([
      ownKeyLine,
      broken.line(11, 'has 2 own identifiers of type EMAIL'),
    ]);
  });
});

describe('identifiers that find nobody live', () => {
  it('names the customer that does not exist', async () => {
    expect(await broken.breachesAfter(give('MOBILE', '447700900999', 99, false))).toEqual([
      broken.line(99, 'MOBILE finds this customer, which does not exist'),
    ]);
  });

  it('names the customer that is merged away, for its own ones and aliases', async () => {
    const own = give('EMAIL', 'broken@example.com', 12, false);
    const alias = give('MOBILE', '447700900998', 15, true);
    expect(await broken.breachesAfter(own, alias)).toEqual([
      broken.line(12, 'EMAIL finds this customer, which is merged away'),
      broken.line(15, 'MOBILE finds this customer, which is merged away'),
    ]);
  });
});
