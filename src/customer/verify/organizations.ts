import type { EntityManager } from 'typeorm';
import type { Breach } from './breach.js';
import { conditionOf, type CustomerKey, type CustomerRange } from './customer-range.js';
import { findFaulty, type RowFault } from './faulty-rows.js';

/** Organizations that have customers but are not there: each step of the walk is one look-up in the customers' key. */
export async function* lostOrganizations(manager: EntityManager): AsyncGenerator<Breach> {
  const rows = await manager.query<{ organizationId: string }[]>(
    `WITH RECURSIVE having_customers(id) AS (
       SELECT min(organization_id) FROM customer
       UNION ALL
       SELECT (SELECT min(c.organization_id) FROM customer AS c WHERE c.organization_id > before.id)
         FROM having_customers AS before WHERE before.id IS NOT NULL
     )
     SELECT found.id AS "organizationId" FROM having_customers AS found
      WHERE found.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM organization AS o WHERE o.id = found.id)`,
  );
  for (const { organizationId } of rows) yield { organizationId, reason: 'has customers but does not exist' };
}

const summaryFaults: readonly RowFault[] = [
  { reason: 'points summary in a program that the organization does not have', when: 'p.id IS NULL' },
  { reason: 'points summary of a customer that does not exist', when: 'c.id IS NULL' },
];

/** Summaries whose program or customer is not there: no merge would move their figures. */
export async function* straySummaries(manager: EntityManager, range: CustomerRange): AsyncGenerator<Breach> {
  const { on, parameters } = conditionOf(range);
  const rows = await findFaulty<CustomerKey & { programId: string }>(
    manager,
    {
      key: { organizationId: 's.organization_id', customerId: 's.customer_id', programId: 's.program_id' },
      from: `FROM points_summary AS s
        LEFT JOIN loyalty_program AS p ON p.organization_id = s.organization_id AND p.id = s.program_id
        LEFT JOIN customer AS c ON c.organization_id = s.organization_id AND c.id = s.customer_id
       WHERE ${on('s')}`,
      parameters,
    },
    summaryFaults,
  );
  for (const { key, reasons } of rows) {
    const { organizationId, customerId, programId } = key;
    for (const reason of reasons)
      yield { organizationId, customerId, reason: `${reason}: pointsSummaries.${programId}` };
  }
}
