import { expect } from 'vitest';
import type { Customer, LedgerEntry } from './answers.js';
import type { World } from './world.js';

/** Decimals are added in thousandths, never as floats. */
const thousandths = (decimal: string): bigint => {
  const [, sign = '', whole = '0', places = ''] = /^(-?)(\d+)(?:\.(\d{1,3}))?$/.exec(decimal) ?? [];
  return BigInt(`${sign}${whole}${places.padEnd(3, '0')}`);
};

const sum = (decimals: readonly string[]): bigint =>
  decimals.reduce((total, decimal) => total + thousandths(decimal), 0n);

export const isSum = (parts: readonly string[], whole: string): boolean => sum(parts) === thousandths(whole);

const figures = ['redeemed', 'expired', 'returned', 'adjusted', 'lifetimePoints', 'cumulativePurchases'] as const;

/** Each figure of the customer equals the sum of its ledger entries, and loyaltyPoints is what the others make it. */
export function expectFiguresExplained(customer: Customer): void {
  const entries = customer.ledger.edges.map(({ node }) => node);
  const of = (programId: string | null): LedgerEntry[] => entries.filter((entry) => entry.programId === programId);
  expect(sum(of(null).map((entry) => entry.cumulativePurchases))).toBe(thousandths(customer.lifetimePurchases));
  for (const summary of customer.pointsSummaries) {
    const { programId, lifetimePoints, redeemed, expired, returned, adjusted, loyaltyPoints } = summary;
    for (const figure of figures) {
      expect([programId, figure, sum(of(programId).map((entry) => entry[figure]))]).toEqual([
        programId,
        figure,
        thousandths(summary[figure]),
      ]);
    }
    const worked = thousandths(lifetimePoints) - sum([redeemed, expired, returned]) + thousandths(adjusted);
    expect(thousandths(loyaltyPoints)).toBe(worked);
  }
  const hasSummary = new Set<string | null>([null, ...customer.pointsSummaries.map(({ programId }) => programId)]);
  const rest = entries.filter(({ programId }) => !hasSummary.has(programId));
  for (const figure of figures) expect(sum(rest.map((entry) => entry[figure]))).toBe(0n);
  for (const entry of entries) expect(figures.map((figure) => entry[figure]).some((value) => value !== '0')).toBe(true);
}

/** A merged customer as the database has it: a pointer to its survivor, no identifiers, no balances. */
export async function expectTombstone(
  world: World,
  organizationId: string,
  id: string,
  survivorId: string,
): Promise<void> {
  const [row] = await world.query<Record<string, unknown>>(
    `SELECT merged_into, lifetime_purchases,
       (SELECT COUNT(*) FROM customer_identifier WHERE organization_id = ?1 AND customer_id = ?2) AS identifiers,
       (SELECT COUNT(*) FROM points_summary WHERE organization_id = ?1 AND customer_id = ?2) AS summaries
     FROM customer WHERE organization_id = ?1 AND id = ?2`,
    [organizationId, Number(id)],
  );
  expect(row).toEqual({ merged_into: Number(survivorId), lifetime_purchases: 0, identifiers: 0, summaries: 0 });
}

/** What is stored of a customer, but for its version and times and for what is only ever added to. */
export async function storedState(world: World, organizationId: string, id: string): Promise<object> {
  const rows = async (table: string, columns: string, idColumn = 'customer_id') =>
    world.query(`SELECT ${columns} FROM ${table} WHERE organization_id = ? AND ${idColumn} = ? ORDER BY 1, 2, 3, 4`, [
      organizationId,
      Number(id),
    ]);
  return {
    customer: await rows(
      'customer',
      `id, merged_into, firstname, lastname, type, fraud_status, fraud_merge_id, registered_on, registered_till,
       associated_with, lifetime_purchases`,
      'id',
    ),
    identifiers: await rows('customer_identifier', 'type, value, is_alias, customer_id'),
    fields: await rows('customer_field', 'kind, name, value, customer_id'),
    subscriptions: await rows('subscription', 'channel, priority, status, merge_id'),
    summaries: await rows('points_summary', '*'),
    pointers: await rows('customer', 'id, version, updated_on, merged_into', 'merged_into'),
  };
}
