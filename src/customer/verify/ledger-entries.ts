import type { EntityManager } from 'typeorm';
import { LedgerKind } from '../../points/ledger.js';
import type { Breach } from './breach.js';
import { conditionOf, type CustomerKey, type CustomerRange } from './customer-range.js';
import { findFaulty, type RowFault } from './faulty-rows.js';
import { figureColumns } from './figure-columns.js';

// "Figures" of the behaviour page, entry by entry: an entry says why a figure changed, so what it names must be there.

const kinds = Object.values(LedgerKind)
  .map((kind) => `'${kind}'`)
  .join(', ');

const faults: readonly RowFault[] = [
  { reason: 'ledger entry of no known kind', when: `l.kind NOT IN (${kinds})` },
  {
    reason: 'ledger entry that changes no figure',
    when: figureColumns.map(({ column }) => `l.${column} = 0`).join(' AND '),
  },
  {
    reason: 'ledger entry in a program that the organization does not have',
    when: 'l.program_id IS NOT NULL AND p.id IS NULL',
  },
  {
    reason: 'AWARD entry of a reward that the customer has not had',
    when: `l.kind = 'AWARD' AND h.rule IS NULL`,
  },
  {
    reason: 'OPENING or AWARD entry that names a merge',
    when: `l.kind IN ('OPENING', 'AWARD') AND l.merge_id IS NOT NULL`,
  },
  {
    reason: 'MERGE_OUT or UNDO_IN entry without a merge that has the customer as victim',
    when: `l.kind IN ('MERGE_OUT', 'UNDO_IN') AND (m.id IS NULL OR m.victim_id <> l.customer_id)`,
  },
  {
    reason: 'MERGE_IN or UNDO_OUT entry without a merge that has the customer as survivor',
    when: `l.kind IN ('MERGE_IN', 'UNDO_OUT') AND (m.id IS NULL OR m.survivor_id <> l.customer_id)`,
  },
  { reason: 'ledger entry of a customer that does not exist', when: 'c.id IS NULL' },
  { reason: "ledger entry after the customer's last sequence", when: 'l.sequence > c.last_sequence' },
];

/** Ledger entries that change nothing, or whose merge, reward or program is not there, or that came after the last. */
export async function* strayEntries(manager: EntityManager, range: CustomerRange): AsyncGenerator<Breach> {
  const { on, parameters } = conditionOf(range);
  const rows = await findFaulty<CustomerKey & { sequence: number }>(
    manager,
    {
      key: { organizationId: 'l.organization_id', customerId: 'l.customer_id', sequence: 'l.sequence' },
      from: `FROM ledger_entry AS l
        LEFT JOIN customer AS c ON c.organization_id = l.organization_id AND c.id = l.customer_id
        LEFT JOIN customer_merge AS m ON m.organization_id = l.organization_id AND m.id = l.merge_id
        LEFT JOIN reward_had AS h
          ON h.organization_id = l.organization_id AND h.customer_id = l.customer_id AND h.rule = l.rule
        LEFT JOIN loyalty_program AS p ON p.organization_id = l.organization_id AND p.id = l.program_id
       WHERE ${on('l')}`,
      parameters,
    },
    faults,
  );
  for (const { key, reasons } of rows) for (const reason of reasons) yield { ...key, reason };
}
