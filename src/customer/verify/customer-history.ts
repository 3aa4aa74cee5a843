import { AuditAction } from '../../audit/audit-event.js';
import type { ValueChange } from '../account-changes.js';
import { identifierField } from '../customer-error.js';
import { reasonWith } from './breach.js';
import type { StoredValues } from './stored-values.js';
import { ValueChain } from './value-chain.js';

/** The record that an event names, with the values that both sides had before it; null where they can't be read. */
export interface NamedMerge {
  readonly survivorId: number;
  readonly victimId: number;
  readonly isUndone: boolean;
  readonly survivorBefore: StoredValues | null;
  readonly victimBefore: StoredValues | null;
}

export interface HistoryEvent {
  readonly sequence: number;
  readonly version: number;
  readonly action: string;
  /** Null where they can't be read. */
  readonly changes: readonly ValueChange[] | null;
  readonly mergeId: string | null;
  /** Null where there is no such record. */
  readonly merge: NamedMerge | null;
}

type Side = 'survivor' | 'victim';

const identifierFields = new Set<string>(Object.values(identifierField));

/** What the request gave its target before the merge: told by no event, or by the UPDATED one that follows. */
const isGivenByRequest = (key: string, left: string | null): boolean => left === null && identifierFields.has(key);

/** One customer's audit events, taken in by their sequence: what each of them tells must fit what those before told. */
export class CustomerHistory {
  /** Those of the last event; 0 before the first. */
  version = 0;
  sequence = 0;
  private readonly chain = new ValueChain();
  private mergedBy: string | null = null;

  constructor(readonly customerId: number) {}

  /** Takes the event in; answers what is wrong with it. */
  add(event: HistoryEvent): string[] {
    const reasons = event.version < this.version ? [`version falls from ${this.version} to ${event.version}`] : [];
    this.version = event.version;
    this.sequence = event.sequence;
    if (event.changes === null) {
      reasons.push('changes cannot be read');
      this.chain.forget();
    }
    const action = Object.values(AuditAction).find((known) => known === event.action);
    switch (action) {
      case undefined:
        return [...reasons, 'event of no known action'];
      case 'UPDATED':
        return [...reasons, ...this.addUpdate(event)];
      case 'MERGED':
      case 'MERGE_UNDONE':
        return [...reasons, ...this.addMerge(event, action)];
    }
  }

  /** Whether the events tell of any value that the customer has now. */
  tellsValues(): boolean {
    return !this.chain.isEmpty();
  }

  /** What the customer's values are not, though its events say so. */
  endReasons(values: StoredValues): string[] {
    return reasonWith('stored otherwise than its events have left it', this.chain.differences(values));
  }

  private addUpdate({ changes, mergeId }: HistoryEvent): string[] {
    return [
      ...(mergeId === null ? [] : ['UPDATED event that names a merge']),
      ...(changes?.length === 0 ? ['UPDATED event without changes'] : []),
      ...this.awayReasons(),
      ...this.follow(changes),
    ];
  }

  private addMerge(event: HistoryEvent, action: 'MERGED' | 'MERGE_UNDONE'): string[] {
    const { merge, changes } = event;
    if (merge === null) return [`${action} event without a record of the merge`, ...this.follow(changes)];
    const side = this.sideOf(merge);
    if (side === null) return [`${action} event of a merge of other customers`, ...this.follow(changes)];
    return [
      ...(action === 'MERGE_UNDONE' && !merge.isUndone ? ['MERGE_UNDONE event of a merge that stands'] : []),
      ...(side === 'survivor' ? this.addAsSurvivor(event, merge, action) : this.addAsVictim(event, merge, action)),
    ];
  }

  private addAsSurvivor({ changes }: HistoryEvent, { survivorBefore }: NamedMerge, action: string): string[] {
    return [
      ...(changes?.length === 0 ? [`${action} event of the survivor without changes`] : []),
      ...this.awayReasons(),
      ...(action === 'MERGED' ? this.recordReasons('survivor', survivorBefore) : []),
      ...this.follow(changes),
    ];
  }

  private addAsVictim({ changes, mergeId }: HistoryEvent, { victimBefore }: NamedMerge, action: string): string[] {
    const reasons = changes === null || changes.length === 0 ? [] : [`${action} event of the victim with changes`];
    if (action === 'MERGED') {
      reasons.push(...this.awayReasons(), ...this.recordReasons('victim', victimBefore));
      this.mergedBy = mergeId;
      this.chain.forget();
      return reasons;
    }
    if (this.mergedBy !== mergeId) reasons.push('MERGE_UNDONE event of a merge that had not merged it away');
    this.mergedBy = null;
    // It came back as the record has it.
    if (victimBefore === null) this.chain.forget();
    else this.chain.restart(victimBefore);
    return reasons;
  }

  private sideOf({ survivorId, victimId }: NamedMerge): Side | null {
    if (this.customerId === survivorId) return 'survivor';
    return this.customerId === victimId ? 'victim' : null;
  }

  private awayReasons(): string[] {
    return this.mergedBy === null ? [] : ['event while the customer was merged away'];
  }

  private recordReasons(side: Side, values: StoredValues | null): string[] {
    if (values === null) return [];
    const differences = this.chain.differences(values, isGivenByRequest);
    return reasonWith(`the merge found its ${side} otherwise than the events before had left it`, differences);
  }

  private follow(changes: HistoryEvent['changes']): string[] {
    return reasonWith('previous is not what the events before had left', this.chain.follow(changes ?? []));
  }
}
