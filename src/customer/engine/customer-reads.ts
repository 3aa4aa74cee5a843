import type { EntityManager } from 'typeorm';
import type { FoundAuditEvent } from '../../audit/audit.store.js';
import { mayBeOfOne } from '../../database/unavailable.js';
import type { Organization } from '../../organization/organization.js';
import type { FoundLedgerEntry } from '../../points/points.store.js';
import type { IdentifierType } from '../../values/identifier-type.js';
import type { FoundPage } from '../../values/log-page.js';
import type { Account } from '../account.js';
import type { AccountView } from '../account-view.js';
import { canonicalIdentifier, identifierCandidates } from '../identifier-candidates.js';
import { loadAccounts, type Sought } from './load-accounts.js';
import { auditPages, ledgerPages, type LogSought } from './log-pages.js';
import { findMergeHeads, type MergeSought } from './merge-heads.js';
import { findMergesById, type FoundMerge } from './merges-by-id.js';
import { createQueue, type QueueBounds, type QueuePace } from './queue.js';
import { findStandingMerges, type MergesOf } from './standing-merges.js';
import { WorkingCopy } from './working-copy.js';

/** A page's where nobody says how long it is. Who asks for no more does not wait for those who do. */
const FEW_ROWS = 50;

/** They count as one of the 64 reads of a batch: all that a batch brings is answered before anybody else has a turn. */
const ROWS_OF_ONE_READ = 32;

/** What queries read. Those that wait together are read together, in one statement of each kind. */
export interface CustomerReads {
  /** The live customer that has the id, or is the survivor of the one that had it; null where there is none. */
  byId(organizationId: string, id: number): Promise<Account | null>;
  /** The live customer that the identifier finds, by its own value or an alias; 'invalid' where the text can be no such identifier. */
  byIdentifier(organization: Organization, type: IdentifierType, text: string): Promise<Account | null | 'invalid'>;
  /** The standing merges whose survivor the customer is, newest first, up to a sequence. */
  standingMerges(sought: MergesOf): Promise<readonly FoundMerge[]>;
  /** The merge, standing or undone; null where the organization has none of that id. */
  merge(sought: MergeSought): Promise<FoundMerge | null>;
  /** The audit log's head right after the merge, as it is kept elsewhere; null where there is no such merge. */
  mergeHead(sought: MergeSought): Promise<string | null>;
  /** The page's events: fewer than were asked for where their changes are a megabyte. */
  auditEvents(sought: LogSought): Promise<FoundPage<FoundAuditEvent>>;
  /** The page's ledger entries. */
  ledgerEntries(sought: LogSought): Promise<FoundPage<FoundLedgerEntry>>;
}

/**
 * The reads by each manager: what is read by one of them is gathered together, and read at most so many times at once.
 * Where more waits than the bounds allow, they throw ServiceBusy.
 */
export function createCustomerReads(
  readsAtOnce: number,
  bounds?: QueueBounds,
): (reader: EntityManager) => CustomerReads {
  const known = new WeakMap<EntityManager, CustomerReads>();
  return (reader) => {
    const reads = known.get(reader) ?? readsBy(reader, { batchesAtOnce: readsAtOnce, bounds });
    known.set(reader, reads);
    return reads;
  };
}

type Read<Asked, Found> = (asked: readonly Asked[]) => Promise<Found[]>;
type Ask<Asked, Found> = (asked: Asked) => Promise<Found>;

/** Each account that was merged into the customer is looked at, even for a page of one row. */
const rowsOfPage = ({ page, customerIds }: LogSought): number => Math.max(page.first, customerIds.length);

function readsBy(reader: EntityManager, pace: QueuePace): CustomerReads {
  /** Reads what was asked for while another read was under way; `rowsOf` says how many rows it may bring. */
  function gather<Asked, Found>(
    read: Read<Asked, Found>,
    rowsOf: (asked: Asked) => number = () => 0,
  ): Ask<Asked, Found> {
    const sizeOf = (asked: Asked) => Math.max(1, rowsOf(asked) / ROWS_OF_ONE_READ);
    const queue = createQueue({ runBatch: read, mayRunAlone: mayBeOfOne, sizeOf, ...pace });
    return async (asked) => (await queue.submit([asked]))[0] as Found;
  }

  /** Of what may bring many rows, by how many. */
  function gatherRows<Asked, Found>(read: Read<Asked, Found>, rowsOf: (asked: Asked) => number): Ask<Asked, Found> {
    const few = gather(read, rowsOf);
    const many = gather(read, rowsOf);
    return (asked) => (rowsOf(asked) > FEW_ROWS ? many : few)(asked);
  }

  const accounts = gather(async (asked: readonly Pick<Sought, 'ids' | 'identifiers'>[]) => {
    const copy = new WorkingCopy(
      await loadAccounts(reader, {
        ids: asked.flatMap(({ ids }) => ids),
        identifiers: asked.flatMap(({ identifiers }) => identifiers),
        records: [],
      }),
    );
    return asked.map(() => copy);
  });

  return {
    async byId(organizationId, id) {
      const view = (await accounts({ ids: [[organizationId, id]], identifiers: [] })).view(organizationId);
      return survivorOf(view.findById(id), view);
    },
    async byIdentifier(organization, type, text) {
      const identifiers = identifierCandidates(type, text, organization).map(
        (value) => [organization.id, type, value] as const,
      );
      if (identifiers.length === 0) return 'invalid';
      const view = (await accounts({ ids: [], identifiers })).view(organization.id);
      const value = canonicalIdentifier(type, text, organization, view);
      return value === null ? 'invalid' : view.findByIdentifier(type, value);
    },
    standingMerges: gatherRows(
      (asked: readonly MergesOf[]) => findStandingMerges(reader, asked),
      ({ atMost }) => atMost,
    ),
    merge: gather((asked: readonly MergeSought[]) => findMergesById(reader, asked)),
    mergeHead: gather((asked: readonly MergeSought[]) => findMergeHeads(reader, asked)),
    auditEvents: gatherRows((asked: readonly LogSought[]) => auditPages(reader, asked), rowsOfPage),
    ledgerEntries: gatherRows((asked: readonly LogSought[]) => ledgerPages(reader, asked), rowsOfPage),
  };
}

const survivorOf = (account: Account | null, view: AccountView): Account | null =>
  account?.mergedInto == null ? account : view.findById(account.mergedInto);
