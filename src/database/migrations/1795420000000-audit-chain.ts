import { type EntityManager, type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';
import { firstHead, linkEvents, sealEvent, type AuditHead } from '../../audit/audit-chain.js';
import type { AuditEvent } from '../../audit/audit-event.js';
import { newSalt } from '../../audit/new-salt.js';
import { forDatabase } from '../dialect.js';
import { textCollation } from '../text-collation.js';

const PAGE = 1000;

const heads = new Table({
  name: 'audit_head',
  withoutRowid: true,
  columns: [
    { name: 'organization_id', type: 'text', isPrimary: true },
    { name: 'position', type: 'bigint' },
    { name: 'hash', type: 'text' },
  ],
  foreignKeys: [
    { referencedTableName: 'organization', columnNames: ['organization_id'], referencedColumnNames: ['id'] },
  ],
});

const byPosition = new TableIndex({
  name: 'audit_event_by_position',
  columnNames: ['organization_id', 'position'],
  isUnique: true,
});

/** Nullable, without a default: no table is rewritten for them. */
const columns = [
  ['audit_event', 'position', 'bigint'],
  ['audit_event', 'hash', 'text'],
  ['audit_event', 'salt', 'text'],
  ['audit_event', 'values_digest', 'text'],
  ['customer', 'erased_at', 'bigint'],
  ['customer_merge', 'erased_at', 'bigint'],
] as const;

/**
 * A hash chain over the audit events of each organization. Those that are there are linked in the order in which they
 * happened; the database puts them in order, and they are read and written a page at a time.
 */
export class AuditChain1795420000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { collation } = textCollation(queryRunner.connection);
    const ofText = collation === undefined ? '' : ` COLLATE "${collation}"`;
    for (const [table, name, type] of columns) {
      await queryRunner.query(`ALTER TABLE ${table} ADD COLUMN ${name} ${type}${type === 'text' ? ofText : ''}`);
    }
    const table = heads.clone();
    for (const column of table.columns) {
      if (column.type === 'text') Object.assign(column, textCollation(queryRunner.connection));
    }
    await queryRunner.createTable(table);
    // In this order: an index that PostgreSQL makes over rows just changed is of no use before the end of the transaction.
    await queryRunner.createIndex('audit_event', byPosition);
    await queryRunner.query(PUT_IN_ORDER);
    await linkAll(queryRunner.manager);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX audit_event_by_position');
    await queryRunner.query('DROP TABLE audit_head');
    for (const [table, name] of columns) await queryRunner.query(`ALTER TABLE ${table} DROP COLUMN ${name}`);
  }
}

const PUT_IN_ORDER = `
  UPDATE audit_event SET position = ordered.place
    FROM (SELECT organization_id, customer_id, sequence,
                 row_number() OVER (PARTITION BY organization_id ORDER BY at, customer_id, sequence) AS place
            FROM audit_event) AS ordered
   WHERE audit_event.organization_id = ordered.organization_id AND audit_event.customer_id = ordered.customer_id
     AND audit_event.sequence = ordered.sequence`;

interface EventRow extends Omit<AuditEvent, 'userContext' | 'changes'> {
  readonly userContext: string | null;
  readonly changes: string;
}

async function linkAll(manager: EntityManager): Promise<void> {
  for (const { id } of await manager.query<{ id: string }[]>('SELECT id FROM organization')) {
    const { position, hash } = await linkLog(manager, id);
    await manager.query('INSERT INTO audit_head (organization_id, position, hash) VALUES ($1, $2, $3)', [
      id,
      position,
      hash,
    ]);
  }
}

/** Links the log of one organization; answers its head. */
async function linkLog(manager: EntityManager, id: string): Promise<AuditHead> {
  const update = forDatabase(manager.connection, { sqlite: sqliteUpdate, postgres: postgresUpdate });
  let head = firstHead;
  for (;;) {
    const page = await findPage(manager, id, head.position);
    if (page.length === 0) return head;
    const sealed = page.map((row) => sealEvent(readEvent(row), newSalt()));
    const { events, heads: ends } = linkEvents(sealed, new Map([[id, head]]));
    const rows = events.map(({ customerId, sequence, hash, salt }) => [customerId, sequence, hash, salt]);
    await manager.query(update, [id, JSON.stringify(rows)]);
    head = ends.get(id) ?? head;
  }
}

const findPage = (manager: EntityManager, id: string, after: number): Promise<EventRow[]> =>
  manager.query<EventRow[]>(
    `SELECT organization_id AS "organizationId", customer_id AS "customerId", sequence, at, action, version,
            request_id AS "requestId", client, till_code AS "tillCode", user_context AS "userContext", changes,
            merge_id AS "mergeId"
       FROM audit_event WHERE organization_id = $1 AND position > $2 ORDER BY position LIMIT ${PAGE}`,
    [id, after],
  );

const readEvent = ({ userContext, changes, ...event }: EventRow): AuditEvent => ({
  ...event,
  userContext: userContext === null ? null : (JSON.parse(userContext) as AuditEvent['userContext']),
  changes: JSON.parse(changes) as AuditEvent['changes'],
});

// Materialized: else SQLite looks for each event of the organization among the rows of every page.
const setLink = (cells: string): string => `
  WITH linked AS MATERIALIZED (SELECT ${cells})
  UPDATE audit_event SET hash = linked.hash, salt = linked.salt FROM linked
   WHERE audit_event.organization_id = $1 AND audit_event.customer_id = linked.customer_id
     AND audit_event.sequence = linked.sequence`;

const sqliteUpdate = setLink(
  'value ->> 0 AS customer_id, value ->> 1 AS sequence, value ->> 2 AS hash, value ->> 3 AS salt FROM json_each(?2)',
).replace('$1', '?1');
const postgresUpdate = setLink(
  `(value ->> 0)::bigint AS customer_id, (value ->> 1)::bigint AS sequence, value ->> 2 AS hash, value ->> 3 AS salt
     FROM jsonb_array_elements($2::jsonb)`,
);
