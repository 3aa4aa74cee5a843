import type { EntityManager } from 'typeorm';

export interface CustomerKey {
  readonly organizationId: string;
  readonly customerId: number;
}

/** The customers whose keys are greater than `after`, up to and with `upTo`; null where it has no such end. */
export interface CustomerRange {
  readonly after: CustomerKey | null;
  readonly upTo: CustomerKey | null;
}

/** A range as a condition, which one statement may state for several of its tables. */
export interface RangeCondition {
  /** For a table, or its alias, and the column that has the customer's id. */
  readonly on: (table: string, column?: string) => string;
  /** For the statement's placeholders $1 and on; those of its own come behind. */
  readonly parameters: readonly (string | number)[];
}

export function conditionOf({ after, upTo }: CustomerRange): RangeCondition {
  const ends = [
    { end: after, operator: '>' },
    { end: upTo, operator: '<=' },
  ].flatMap(({ end, operator }) => (end === null ? [] : [{ end, operator }]));
  return {
    on: (table, column = 'customer_id') =>
      ends
        .map(({ operator }, index) => {
          const key = `(${table}.organization_id, ${table}.${column})`;
          return `${key} ${operator} ($${2 * index + 1}, $${2 * index + 2})`;
        })
        .join(' AND ') || 'true',
    parameters: ends.flatMap(({ end }) => [end.organizationId, end.customerId]),
  };
}

/** The tables that a range must not have too much of, and their columns of the customer's id, each with an index. */
const counted = [
  ['customer', 'id'],
  ['customer_identifier', 'customer_id'],
  ['points_summary', 'customer_id'],
  ['ledger_entry', 'customer_id'],
  ['customer_merge', 'victim_id'],
] as const;

/**
 * Ranges that together are every customer that there could be, also one that only other tables still name. In none of
 * them has a table more than `size` rows, the last customer's rows aside: so much may be read at once.
 */
export async function* customerRanges(manager: EntityManager, size: number): AsyncGenerator<CustomerRange> {
  let after: CustomerKey | null = null;
  do {
    const upTo: CustomerKey | null = await findEnd(manager, after, size);
    yield { after, upTo };
    after = upTo;
  } while (after !== null);
}

async function findEnd(manager: EntityManager, after: CustomerKey | null, size: number): Promise<CustomerKey | null> {
  const { on, parameters } = conditionOf({ after, upTo: null });
  const ends = counted.map(
    ([table, column]) =>
      `SELECT * FROM (SELECT organization_id, ${column} AS customer_id FROM ${table} WHERE ${on(table, column)}
         ORDER BY organization_id, ${column} LIMIT 1 OFFSET ${size - 1}) AS last`,
  );
  const [end] = await manager.query<CustomerKey[]>(
    `SELECT organization_id AS "organizationId", customer_id AS "customerId" FROM (${ends.join(' UNION ALL ')}) AS ends
      ORDER BY organization_id, customer_id LIMIT 1`,
    [...parameters],
  );
  return end ?? null;
}
