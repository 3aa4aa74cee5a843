import type { EntityManager } from 'typeorm';
import { auditBreaches } from './audit-events.js';
import { auditLogBreaches, lostHeads, type KeptHead } from './audit-log.js';
import type { Breach, CustomerCheck } from './breach.js';
import { conditionOf, customerRanges, type CustomerRange } from './customer-range.js';
import { outOfBounds, unlikeLedger } from './figures.js';
import { identifierBreaches, missingKeys, sharedIdentifiers } from './identifiers.js';
import { strayEntries } from './ledger-entries.js';
import { mergeFigureBreaches } from './merge-figures.js';
import { mergeIdentifierBreaches } from './merge-identifiers.js';
import { mergePages, type MergeCheck } from './merge-pages.js';
import { mergePointerBreaches } from './merge-pointers.js';
import { mergeRecordBreaches } from './merge-records.js';
import { createMergeTotals } from './merge-totals.js';
import { lostOrganizations, straySummaries } from './organizations.js';
import { tombstoneBreaches } from './tombstones.js';

export interface VerifyTerms {
  /** Told of each breach as it is found. */
  readonly onBreach: (breach: Breach) => void;
  /** Heads of audit logs that were kept elsewhere. */
  readonly keptHeads?: readonly KeptHead[] | undefined;
  /** Told how many customers and merges are done, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** How many rows of a table are read at once: what is kept in memory grows with it, and with nothing else. */
  readonly chunkSize?: number | undefined;
}

export interface Verified {
  readonly customers: number;
  readonly merges: number;
  readonly breaches: number;
}

const CHUNK_SIZE = 1000;
/** A merge record holds two whole customers; so may an event of one. */
const ROWS_WITH_RECORDS = 100;

const customerChecks: readonly CustomerCheck[] = [
  identifierBreaches,
  straySummaries,
  unlikeLedger,
  outOfBounds,
  strayEntries,
  tombstoneBreaches,
];
const mergeChecks: readonly MergeCheck[] = [
  mergeFigureBreaches,
  mergeIdentifierBreaches,
  mergePointerBreaches,
  mergeRecordBreaches,
];

/**
 * Checks invariants 1 to 4 of the behaviour page ("What must always hold") and the chains of audit events on all
 * organizations. What `manager` reads has to be one snapshot. Never reads more than a chunk at once, so a database may
 * have any size.
 */
export async function verify(
  manager: EntityManager,
  { onBreach, keptHeads = [], onProgress, chunkSize = CHUNK_SIZE }: VerifyTerms,
): Promise<Verified> {
  const pageSize = Math.min(chunkSize, ROWS_WITH_RECORDS);
  const total = onProgress === undefined ? 0 : await countAll(manager);
  const done = { customers: 0, merges: 0, breaches: 0 };
  const tell = async (breaches: AsyncIterable<Breach> | Iterable<Breach>): Promise<void> => {
    for await (const breach of breaches) {
      done.breaches += 1;
      onBreach(breach);
    }
  };

  await tell(missingKeys(manager));
  await tell(sharedIdentifiers(manager, chunkSize));
  await tell(lostOrganizations(manager));
  const totals = createMergeTotals();
  for await (const range of customerRanges(manager, chunkSize)) {
    for (const check of customerChecks) await tell(check(manager, range));
    await tell(auditBreaches(manager, range, pageSize));
    await totals.add(manager, range);
    done.customers += await countCustomers(manager, range);
    onProgress?.(done.customers, total);
  }
  await tell(totals.breaches());
  for await (const merges of mergePages(manager, pageSize)) {
    for (const check of mergeChecks) await tell(check(manager, merges));
    done.merges += merges.length;
    onProgress?.(done.customers + done.merges, total);
  }
  await tell(auditLogBreaches(manager, pageSize));
  await tell(lostHeads(manager, keptHeads));
  return done;
}

async function countCustomers(manager: EntityManager, range: CustomerRange): Promise<number> {
  const { on, parameters } = conditionOf(range);
  const [row] = await manager.query<{ count: number }[]>(
    `SELECT count(*) AS count FROM customer AS c WHERE ${on('c', 'id')}`,
    [...parameters],
  );
  return row?.count ?? 0;
}

async function countAll(manager: EntityManager): Promise<number> {
  const [row] = await manager.query<{ count: number }[]>(
    'SELECT (SELECT count(*) FROM customer) + (SELECT count(*) FROM customer_merge) AS count',
  );
  return row?.count ?? 0;
}
