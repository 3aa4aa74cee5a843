import type { EntityManager } from 'typeorm';
import type { FigureName } from '../../points/figures.js';
import type { Breach } from './breach.js';
import { conditionOf, type CustomerKey, type CustomerRange } from './customer-range.js';
import { exact, figureColumns, forEachFigure, isDecimal, markedPaths, type Truth } from './figure-columns.js';

// Invariant 2 of "What must always hold", customer by customer. That loyaltyPoints follow from the other figures needs
// no check: they are worked out, never stored.

type Marks = Readonly<Record<FigureName, Truth>>;

/** Figures that are not the sum of their ledger entries, one by one; where there is no summary, that sum is zero. */
export async function* unlikeLedger(manager: EntityManager, range: CustomerRange): AsyncGenerator<Breach> {
  const { on, parameters } = conditionOf(range);
  const rows = await manager.query<(CustomerKey & Marks & { programId: string | null; hasSummary: 0 | 1 })[]>(
    `SELECT organization_id AS "organizationId", customer_id AS "customerId", program_id AS "programId",
            max(has_summary) AS "hasSummary", ${forEachFigure((column) => `sum(${column}) <> 0`)}
       FROM (
         SELECT s.organization_id, s.customer_id, s.program_id, 1 AS has_summary,
                ${figureColumns.map(({ column }) => `${exact(`s.${column}`)} AS ${column}`).join(', ')}
           FROM points_summary AS s WHERE ${on('s')}
         UNION ALL
         SELECT c.organization_id, c.id, NULL, 1,
                ${figureColumns.map(({ figure }) => (figure === 'cumulativePurchases' ? exact('c.lifetime_purchases') : 0)).join(', ')}
           FROM customer AS c WHERE ${on('c', 'id')}
         UNION ALL
         SELECT l.organization_id, l.customer_id, l.program_id, 0,
                ${figureColumns.map(({ column }) => `-(${exact(`l.${column}`)})`).join(', ')}
           FROM ledger_entry AS l WHERE ${on('l')}
       ) AS told
      GROUP BY organization_id, customer_id, program_id
     HAVING ${figureColumns.map(({ column }) => `sum(${column}) <> 0`).join(' OR ')}
      ORDER BY organization_id, customer_id, program_id`,
    [...parameters],
  );
  for (const { organizationId, customerId, programId, hasSummary, ...marks } of rows) {
    const paths = markedPaths(programId, marks).join(', ');
    const reason =
      hasSummary === 1
        ? `not the sum of the ledger entries: ${paths}`
        : `ledger entries that do not sum to zero, though nothing stands for them: ${paths}`;
    yield { organizationId, customerId, reason };
  }
}

/** As numeric: what is no figure at all must not be too much for a sum of PostgreSQL's. */
const loyaltyPoints = (table: string): string =>
  `CAST(${table}.lifetime_points AS numeric) - ${table}.redeemed - ${table}.expired - ${table}.returned + ${table}.adjusted`;

/** Figures that are no Decimal: of a summary, of a customer, of a ledger entry, and the sums that the API shows. */
export async function* outOfBounds(manager: EntityManager, range: CustomerRange): AsyncGenerator<Breach> {
  yield* summariesOutOfBounds(manager, range);
  yield* customersOutOfBounds(manager, range);
  const { on, parameters } = conditionOf(range);
  const entries = await manager.query<(CustomerKey & Marks & { programId: string | null; sequence: number })[]>(
    `SELECT l.organization_id AS "organizationId", l.customer_id AS "customerId", l.sequence,
            l.program_id AS "programId", ${forEachFigure((column) => `NOT ${isDecimal(`l.${column}`)}`)}
       FROM ledger_entry AS l
      WHERE ${on('l')} AND NOT (${figureColumns.map(({ column }) => isDecimal(`l.${column}`)).join(' AND ')})
      ORDER BY l.organization_id, l.customer_id, l.sequence`,
    [...parameters],
  );
  for (const { organizationId, customerId, sequence, programId, ...marks } of entries) {
    const reason = `ledger entry that is no Decimal: ${markedPaths(programId, marks).join(', ')}`;
    yield { organizationId, customerId, sequence, reason };
  }
}

async function* summariesOutOfBounds(manager: EntityManager, range: CustomerRange): AsyncGenerator<Breach> {
  const { on, parameters } = conditionOf(range);
  const figures = figureColumns.map(({ column }) => isDecimal(`s.${column}`));
  const loyalty = isDecimal(loyaltyPoints('s'));
  const rows = await manager.query<(CustomerKey & Marks & { programId: string; loyaltyPoints: Truth })[]>(
    `SELECT s.organization_id AS "organizationId", s.customer_id AS "customerId", s.program_id AS "programId",
            ${forEachFigure((column) => `NOT ${isDecimal(`s.${column}`)}`)}, NOT ${loyalty} AS "loyaltyPoints"
       FROM points_summary AS s
      WHERE ${on('s')} AND NOT (${[...figures, loyalty].join(' AND ')})
      ORDER BY s.organization_id, s.customer_id, s.program_id`,
    [...parameters],
  );
  for (const { organizationId, customerId, programId, loyaltyPoints: isOutside, ...marks } of rows) {
    const paths = markedPaths(programId, marks);
    // Where a figure is none, what is worked out of it says nothing more.
    if (paths.length === 0 && Boolean(isOutside)) paths.push(`pointsSummaries.${programId}.loyaltyPoints`);
    yield { organizationId, customerId, reason: `no Decimal: ${paths.join(', ')}` };
  }
}

/** lifetimePurchases, and the sums over programs that are a customer's lifetimePoints and loyaltyPoints. */
async function* customersOutOfBounds(manager: EntityManager, range: CustomerRange): AsyncGenerator<Breach> {
  const { on, parameters } = conditionOf(range);
  const purchases = await manager.query<CustomerKey[]>(
    `SELECT c.organization_id AS "organizationId", c.id AS "customerId" FROM customer AS c
      WHERE ${on('c', 'id')} AND NOT ${isDecimal('c.lifetime_purchases')} ORDER BY c.organization_id, c.id`,
    [...parameters],
  );
  for (const key of purchases) yield { ...key, reason: 'no Decimal: lifetimePurchases' };
  const sums = await manager.query<CustomerKey[]>(
    `SELECT s.organization_id AS "organizationId", s.customer_id AS "customerId" FROM points_summary AS s
      WHERE ${on('s')} AND ${isDecimal('s.lifetime_points')} AND ${isDecimal(loyaltyPoints('s'))}
      GROUP BY s.organization_id, s.customer_id
     HAVING NOT (${isDecimal('sum(s.lifetime_points)')} AND ${isDecimal(`sum(${loyaltyPoints('s')})`)})
      ORDER BY s.organization_id, s.customer_id`,
    [...parameters],
  );
  for (const key of sums) yield { ...key, reason: 'lifetimePoints or loyaltyPoints over all programs is no Decimal' };
}
