import type { EntityManager } from 'typeorm';
import type { IdentifierType } from '../../values/identifier-type.js';
import type { Breach } from './breach.js';
import { conditionOf, type CustomerKey, type CustomerRange } from './customer-range.js';
import { findUniqueKeys } from './unique-keys.js';

// Invariant 1 of "What must always hold": an identifier or alias belongs to one live customer at most; the database
// enforces it.

const keys = [
  { columns: ['organization_id', 'type', 'value'], isPartial: false, reason: 'customers may share an identifier' },
  {
    columns: ['organization_id', 'customer_id', 'type'],
    isPartial: true,
    reason: 'a customer may have two own identifiers of a type',
  },
] as const;

/** The keys by which the database enforces the invariant, where they are missing. */
export async function* missingKeys(manager: EntityManager): AsyncGenerator<Breach> {
  const found = await findUniqueKeys(manager, 'customer_identifier');
  for (const { columns, isPartial, reason } of keys) {
    const isThere = found.some(
      (key) =>
        key.isPartial === isPartial &&
        key.columns.size === columns.length &&
        columns.every((column) => key.columns.has(column)),
    );
    if (isThere) continue;
    yield {
      organizationId: null,
      reason: `the unique key (${columns.join(', ')}) of customer_identifier is missing: ${reason}`,
    };
  }
}

interface Shared {
  organizationId: string;
  type: IdentifierType;
  value: string;
  rows: number;
  firstId: number;
  lastId: number;
}

/** Identifiers that are there more than once, which the unique key, while it stood, let nobody store. */
export async function* sharedIdentifiers(manager: EntityManager, pageSize: number): AsyncGenerator<Breach> {
  let page: Shared[];
  let last: Shared | undefined;
  do {
    page = await findShared(manager, last, pageSize);
    for (const { organizationId, firstId, lastId, type, rows } of page) {
      const others = rows > 2 ? ` (${rows} rows in all)` : '';
      const reason =
        firstId === lastId
          ? `has the same ${type} twice${others}`
          : `has the same ${type} as customer ${lastId}${others}`;
      yield { organizationId, customerId: firstId, reason };
    }
    last = page.at(-1);
  } while (page.length === pageSize);
}

function findShared(manager: EntityManager, after: Shared | undefined, pageSize: number): Promise<Shared[]> {
  return manager.query<Shared[]>(
    `SELECT organization_id AS "organizationId", type, value, count(*) AS rows,
            min(customer_id) AS "firstId", max(customer_id) AS "lastId"
       FROM customer_identifier
      WHERE ${after === undefined ? 'true' : '(organization_id, type, value) > ($1, $2, $3)'}
      GROUP BY organization_id, type, value HAVING count(*) > 1
      ORDER BY organization_id, type, value LIMIT ${pageSize}`,
    after === undefined ? [] : [after.organizationId, after.type, after.value],
  );
}

/** Identifiers of customers that are not there or are merged away, and customers with two of one type. */
export async function* identifierBreaches(manager: EntityManager, range: CustomerRange): AsyncGenerator<Breach> {
  const { on, parameters } = conditionOf(range);
  const lost = await manager.query<(CustomerKey & { type: IdentifierType; mergedInto: number | null })[]>(
    `SELECT i.organization_id AS "organizationId", i.customer_id AS "customerId", i.type,
            c.merged_into AS "mergedInto"
       FROM customer_identifier AS i
       LEFT JOIN customer AS c ON c.organization_id = i.organization_id AND c.id = i.customer_id
      WHERE ${on('i')} AND (c.id IS NULL OR c.merged_into IS NOT NULL)
      ORDER BY i.organization_id, i.customer_id, i.type`,
    [...parameters],
  );
  for (const { organizationId, customerId, type, mergedInto } of lost) {
    const reason = mergedInto === null ? 'which does not exist' : 'which is merged away';
    yield { organizationId, customerId, reason: `${type} finds this customer, ${reason}` };
  }
  const doubled = await manager.query<(CustomerKey & { type: IdentifierType; rows: number })[]>(
    `SELECT i.organization_id AS "organizationId", i.customer_id AS "customerId", i.type, count(*) AS rows
       FROM customer_identifier AS i
      WHERE ${on('i')} AND NOT i.is_alias
      GROUP BY i.organization_id, i.customer_id, i.type HAVING count(*) > 1
      ORDER BY i.organization_id, i.customer_id, i.type`,
    [...parameters],
  );
  for (const { organizationId, customerId, type, rows } of doubled) {
    yield { organizationId, customerId, reason: `has ${rows} own identifiers of type ${type}` };
  }
}
