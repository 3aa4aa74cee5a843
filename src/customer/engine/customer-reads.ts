import type { EntityManager } from 'typeorm';
import type { FoundAuditEvent } from '../../audit/audit.store.js';
import { isDamage } from '../../database/unavailable.js';
import type { Organization } from '../../organization/organization.js';
import type { FoundLedgerEntry } from '../../points/points.store.js';
import type { IdentifierType } from '../../values/identifier-type.js';
import type { Account } from '../account.js';
import type { AccountView } from '../account-view.js';
import { canonicalIdentifier, identifierCandidates } from '../identifier-candidates.js';
import { loadAccounts, type Sought } from './load-accounts.js';
import { auditPages, ledgerPages, type LogSought } from './log-pages.js';
import { findMergeHeads, type MergeSought } from './merge-heads.js';
import { createQueue, type QueueBounds, type QueuePace } from './queue.js';
import { findStandingMerges, type MergesOf, type StandingMerge } from './standing-merges.js';
import { WorkingCopy } from './working-copy.js';

/** What queries read. Those that wait together are read together, in one statement of each kind. */
export interface CustomerReads {
  /** The live customer that has the id, or is the survivor of the one that had it; null where there is none. */
  byId(organizationId: string, id: number): Promise<Account | null>;
  /** The live customer that the identifier finds, by its own value or an alias; 'invalid' where the text can be no such identifier. */
  byIdentifier(organization: Organization, type: IdentifierType, text: string): Promise<Account | null | 'invalid'>;
  /** The standing merges whose survivor the customer is, newest first, up to a sequence. */
  standingMerges(sought: MergesOf): Promise<readonly StandingMerge[]>;
  /** The audit log's head right after the merge, as it is kept elsewhere; null where there is no such merge. */
  mergeHead(sought: MergeSought): Promise<string | null>;
  /** The page's events: one more than it holds where there are more. */
  auditEvents(sought: LogSought): Promise<FoundAuditEvent[]>;
  /** The page's ledger entries: one more than it holds where there are more. */
  ledgerEntries(sought: LogSought): Promise<FoundLedgerEntry[]>;
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

function readsBy(reader: EntityManager, pace: QueuePace): CustomerReads {
  /** Reads what was asked for while another read was under way. */
  function gather<Asked, Found>(read: (asked: readonly Asked[]) => Promise<Found[]>): (asked: Asked) => Promise<Found> {
    const queue = createQueue({ runBatch: read, mayRunAlone: isDamage, ...pace });
    return async (asked) => (await queue.submit([asked]))[0] as Found;
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
    standingMerges: gather((asked: readonly MergesOf[]) => findStandingMerges(reader, asked)),
    mergeHead: gather((asked: readonly MergeSought[]) => findMergeHeads(reader, asked)),
    auditEvents: gather((asked: readonly LogSought[]) => auditPages(reader, asked)),
    ledgerEntries: gather((asked: readonly LogSought[]) => ledgerPages(reader, asked)),
  };
}

const survivorOf = (account: Account | null, view: AccountView): Account | null =>
  account?.mergedInto == null ? account : view.findById(account.mergedInto);
