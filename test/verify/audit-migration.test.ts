import { expect, test } from 'vitest';
import { describeBreach } from '../../src/customer/verify/breach.js';
import { verify } from '../../src/customer/verify/verify.js';
import { createDataSource, postgresOptions, sqliteWriterOptions } from '../../src/database/data-source.js';
import { openDatabase } from '../../src/database/database.js';
import { Beginning1795300000000 } from '../../src/database/migrations/1795300000000-beginning.js';
import type { DatabaseSettings } from '../../src/settings.js';
import { createTestDatabase } from '../support/test-database.js';

// Many times what is linked at once: where each page looked at all of them, this would take minutes.
const EVENTS = 30_500;

/** A database as it was before there were chains: an organization without events, and one with a customer who has many. */
async function makeOld(settings: DatabaseSettings): Promise<void> {
  const options = settings.kind === 'sqlite' ? sqliteWriterOptions(settings.path) : postgresOptions(settings.url, 1);
  const old = await createDataSource({ ...options, migrations: [Beginning1795300000000] }).initialize();
  await old.runMigrations();
  for (const id of ['quiet', 'busy']) {
    await old.query(`INSERT INTO organization (id, name, time_zone, revision) VALUES ('${id}', 'Old', 'UTC', 1)`);
  }
  await old.query(
    `INSERT INTO customer (organization_id, id, version, firstname, type, fraud_status, lifetime_purchases, updated_on,
                           last_sequence)
     VALUES ('busy', 7, ${EVENTS + 1}, 'N${EVENTS}', 'LOYALTY', 'NONE', 0, 0, ${EVENTS * 1000})`,
  );
  await old.query(
    `INSERT INTO audit_event (organization_id, customer_id, sequence, at, action, version, request_id, client,
                              user_context, changes)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${EVENTS})
     SELECT 'busy', 7, i * 1000, i, 'UPDATED', i + 1, 'request', 'till',
            '{"entityType":null,"entityId":"7","source":null,"sourceId":null}',
            '[{"field":"firstname","previous":' || CASE WHEN i = 1 THEN 'null' ELSE '"N' || (i - 1) || '"' END
              || ',"current":"N' || i || '","rule":"REQUEST"}]'
       FROM n`,
  );
  await old.destroy();
}

test('the events that a database had before there were chains are linked as they happened', async () => {
  const own = await createTestDatabase('empty');
  await makeOld(own.settings);
  const database = await openDatabase(own.settings);
  try {
    const breaches: string[] = [];
    const onBreach = (breach: Parameters<typeof describeBreach>[0]) => breaches.push(describeBreach(breach));
    await database.snapshot((manager) => verify(manager, { onBreach }));
    expect(breaches).toEqual([]);
    const heads = await database.reader.query<object[]>(
      `SELECT organization_id AS id, position, hash <> '${'0'.repeat(64)}' AS moved FROM audit_head ORDER BY id`,
    );
    expect(heads.map((head) => Object.values(head).map(Number))).toEqual([
      [NaN, EVENTS, 1],
      [NaN, 0, 0],
    ]);
    const [counts] = await database.reader.query<[{ positions: number; salts: number }]>(
      'SELECT count(DISTINCT position) AS positions, count(DISTINCT salt) AS salts FROM audit_event WHERE sequence = position * 1000',
    );
    expect(counts).toEqual({ positions: EVENTS, salts: EVENTS });
  } finally {
    await database.close();
    await own.remove();
  }
});
