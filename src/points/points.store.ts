import type { EntityManager } from 'typeorm';
import { newestRows, type LogPart } from '../database/log-rows.js';
import type { LedgerEntry, LedgerKind } from './ledger.js';

const columns = [
  'customer_id',
  'sequence',
  'at',
  'kind',
  'program_id',
  'redeemed',
  'expired',
  'returned',
  'adjusted',
  'lifetime_points',
  'cumulative_purchases',
  'rule',
  'merge_id',
];

type Cells = readonly [
  customerId: number,
  sequence: number,
  at: number,
  kind: LedgerKind,
  programId: string | null,
  redeemed: number,
  expired: number,
  returned: number,
  adjusted: number,
  lifetimePoints: number,
  cumulativePurchases: number,
  rule: string | null,
  mergeId: string | null,
];

/** An entry as it is read back; whose organization's it is, whoever asks knows. */
export type FoundLedgerEntry = Omit<LedgerEntry, 'organizationId'>;

/** The newest ledger entries of each part, newest first, at most `limit` of each. */
export async function findLedgerEntries(
  manager: EntityManager,
  parts: readonly LogPart[],
  limit: number,
): Promise<FoundLedgerEntry[][]> {
  const found = await newestRows<Cells>(manager, { table: 'ledger_entry', columns }, parts, limit);
  return found.map((rows) => rows.map(readEntry));
}

// Decimal's bounds keep every figure below 2^53, so a JSON number holds it exactly.
const readEntry = ([
  customerId,
  sequence,
  at,
  kind,
  programId,
  redeemed,
  expired,
  returned,
  adjusted,
  lifetimePoints,
  cumulativePurchases,
  rule,
  mergeId,
]: Cells): FoundLedgerEntry => ({
  customerId,
  sequence,
  at,
  kind,
  programId,
  redeemed: BigInt(redeemed),
  expired: BigInt(expired),
  returned: BigInt(returned),
  adjusted: BigInt(adjusted),
  lifetimePoints: BigInt(lifetimePoints),
  cumulativePurchases: BigInt(cumulativePurchases),
  rule,
  mergeId,
});
