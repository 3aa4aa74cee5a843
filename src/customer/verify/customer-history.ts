import { AuditAction } from '../../audit/audit-event.js';
import { isFigureChange } from '../../audit/field-change.js';
import type { ValueChange } from '../account-changes.js';
import { identifierField } from '../customer-error.js';
import { reasonWith } from './breach.js';
import type { StoredValues } from './stored-values.js';
import { ValueChain } from './value-chain.js';

/** What a merge record has of a customer as the merge found it. */
export interface MergeSide {
  readonly version: number;
  /** Null where they were erased. */
  readonly values: StoredValues | null;
}

/**
 * The record that an event names, with both sides as the merge found them, of the survivor only what the merge changed;
 * null where they can't be read.
 */
export interface NamedMerge {
  readonly survivorId: number;
  readonly victimId: number;
  readonly isUndone: boolean;
  readonly survivorBefore: MergeSide | null;
  readonly victimBefore: MergeSide | null;
}

export interface HistoryEvent {
  readonly sequence: number;
  readonly version: number;
  readonly action: string;
  /** Whether its values were, figures aside. */
  readonly isErased: boolean;
  /** Whether anything is there that an erasure would take. */
  readonly hasValues: boolean;
  /** Null where they can't be read. */
  readonly changes: readonly ValueChange[] | null;
  readonly mergeId: string | null;
  /** Null where there is no such record. */
  readonly merge: NamedMerge | null;
}

type Side = 'survivor' | 'victim';

/** That of a customer that nothing has happened to since its import. */
export const IMPORTED_VERSION = 1;

const identifierFields = new Set<string>(Object.values(identifierField));

/** What the request gave its target before the merge: told by no event, or by the UPDATED one that follows. */
const isGivenByRequest = (key: string, left: string | null): boolean => left === null && identifierFields.has(key);

const isIdentifierField = (field: string): boolean => identifierFields.has(field) || field.startsWith('aliases.');

/** What the survivor has taken over of one that is merged away; all else still stands in its own row. */
const isTakenOver = (field: string): boolean => isIdentifierField(field) || isFigureChange({ field });

/** Identifiers and aliases that a merge brought are the victim's in its record: an undo takes these back. */
const isKeptOfSurvivor = ({ field }: ValueChange): boolean => !isIdentifierField(field);

/** Whether the victim is known to have had any: who was erased has none, and may bring nothing else either. */
const hadIdentifiers = ({ victimBefore }: NamedMerge): boolean =>
  [...(victimBefore?.values?.keys() ?? [])].some(isIdentifierField);

/** One customer's audit events, taken in by their sequence: what each of them tells must fit what those before told. */
export class CustomerHistory {
  version = IMPORTED_VERSION;
  /** That of the last event; 0 before the first. */
  sequence = 0;
  private readonly chain = new ValueChain();
  private mergedBy: string | null = null;
  /** Whether the last event was of a merge into this customer: then the next one may be of the same request. */
  private mayContinue = false;
  private wasErased = false;
  /** Whether an event since the last erasure has values. */
  private hasValues = false;

  constructor(readonly customerId: number) {}

  /** Takes the event in; answers what is wrong with it. */
  add(event: HistoryEvent): string[] {
    const reasons = [...this.versionReasons(event), ...this.actionReasons(event)];
    this.version = event.version;
    this.sequence = event.sequence;
    this.mayContinue = event.action === 'MERGED' && event.merge?.victimId !== this.customerId;
    const isErasure = event.action === 'ERASED';
    this.wasErased ||= isErasure;
    this.hasValues = !isErasure && (this.hasValues || event.hasValues);
    return reasons;
  }

  /** Whether the events tell of any value that the customer has now. */
  tellsValues(): boolean {
    return !this.chain.isEmpty();
  }

  /** What the customer's values are not, though its events say so; where it is merged away, the merge's record. */
  endReasons(values: StoredValues): string[] {
    return this.mergedBy === null
      ? reasonWith('stored otherwise than its events have left it', this.chain.differences(values))
      : reasonWith('merged away otherwise than the merge has kept it', this.chain.differences(values, isTakenOver));
  }

  /** What is wrong with a customer that was erased; where it was merged away then, its survivor alone has an event that says so. */
  erasureReasons(): string[] {
    return !this.wasErased && this.hasValues ? ['it was erased, and its events have values'] : [];
  }

  /** "version + 1, or with merges as the table says": a gap is an event that is missing. */
  private versionReasons({ version, action, merge }: HistoryEvent): string[] {
    const before = this.version;
    if (version < before) return [`version falls from ${before} to ${version}`];
    if (version === before) return this.mayContinue ? [] : [`version is ${version} once more`];
    // An undo counts on from the greater version of both sides, which is the survivor's: it has been live since.
    const isByOne =
      action === 'UPDATED' ||
      action === 'ERASED' ||
      (action === 'MERGE_UNDONE' && merge?.survivorId === this.customerId);
    if (isByOne && version !== before + 1) return [`version rises from ${before} to ${version}`];
    const found = action === 'MERGED' && merge !== null ? this.foundIn(merge) : null;
    return found === null || found.version === before
      ? []
      : [`the merge found version ${found.version}, the event before had led to ${before}`];
  }

  private foundIn({ survivorId, victimId, survivorBefore, victimBefore }: NamedMerge): MergeSide | null {
    if (this.customerId === survivorId) return survivorBefore;
    return this.customerId === victimId ? victimBefore : null;
  }

  private actionReasons(event: HistoryEvent): string[] {
    const unreadable = event.changes === null ? ['changes cannot be read'] : [];
    if (event.changes === null) this.chain.forget();
    const action = Object.values(AuditAction).find((known) => known === event.action);
    switch (action) {
      case undefined:
        return [...unreadable, 'event of no known action'];
      case 'UPDATED':
        return [...unreadable, ...this.addUpdate(event)];
      case 'ERASED':
        return [...unreadable, ...this.awayReasons(), ...this.leftReasons(), ...this.follow(event)];
      case 'MERGED':
      case 'MERGE_UNDONE':
        return [...unreadable, ...this.addMerge(event, action)];
    }
  }

  private addUpdate(event: HistoryEvent): string[] {
    const { changes, mergeId } = event;
    return [
      ...(mergeId === null ? [] : ['UPDATED event that names a merge']),
      ...(changes?.length === 0 ? ['UPDATED event without changes'] : []),
      ...this.awayReasons(),
      ...this.follow(event),
    ];
  }

  private addMerge(event: HistoryEvent, action: 'MERGED' | 'MERGE_UNDONE'): string[] {
    const { merge } = event;
    if (merge === null) return [`${action} event without a record of the merge`, ...this.follow(event)];
    const side = this.sideOf(merge);
    if (side === null) return [`${action} event of a merge of other customers`, ...this.follow(event)];
    return [
      ...(action === 'MERGE_UNDONE' && !merge.isUndone ? ['MERGE_UNDONE event of a merge that stands'] : []),
      ...(side === 'survivor' ? this.addAsSurvivor(event, merge, action) : this.addAsVictim(event, merge, action)),
    ];
  }

  private addAsSurvivor(event: HistoryEvent, merge: NamedMerge, action: string): string[] {
    const { changes } = event;
    const { survivorBefore } = merge;
    return [
      ...(changes?.length === 0 && hadIdentifiers(merge) ? [`${action} event of the survivor without changes`] : []),
      ...this.awayReasons(),
      ...(action === 'MERGED' && survivorBefore !== null ? this.survivorReasons(survivorBefore, changes ?? []) : []),
      ...this.follow(event),
    ];
  }

  private addAsVictim({ changes, mergeId }: HistoryEvent, { victimBefore }: NamedMerge, action: string): string[] {
    const reasons = changes === null || changes.length === 0 ? [] : [`${action} event of the victim with changes`];
    if (action === 'MERGED') {
      reasons.push(...this.awayReasons(), ...this.victimReasons(victimBefore));
      this.mergedBy = mergeId;
    } else {
      if (this.mergedBy !== mergeId) reasons.push('MERGE_UNDONE event of a merge that had not merged it away');
      this.mergedBy = null;
    }
    // It went as the record has it, and came back so.
    const values = victimBefore?.values ?? null;
    if (values === null) this.chain.forget();
    else this.chain.restart(values);
    return reasons;
  }

  private sideOf({ survivorId, victimId }: NamedMerge): Side | null {
    if (this.customerId === survivorId) return 'survivor';
    return this.customerId === victimId ? 'victim' : null;
  }

  private leftReasons(): string[] {
    return this.hasValues ? ['events before it have values'] : [];
  }

  private awayReasons(): string[] {
    return this.mergedBy === null ? [] : ['event while the customer was merged away'];
  }

  private survivorReasons({ values }: MergeSide, changes: readonly ValueChange[]): string[] {
    if (values === null) return [];
    const differences = this.chain.differencesOfChanged(values, changes.filter(isKeptOfSurvivor));
    return reasonWith('the merge found its survivor otherwise than the events before had left it', differences);
  }

  private victimReasons(found: MergeSide | null): string[] {
    const values = found?.values ?? null;
    if (values === null) return [];
    const differences = this.chain.differences(values, isGivenByRequest);
    return reasonWith('the merge found its victim otherwise than the events before had left it', differences);
  }

  private follow({ changes, isErased }: HistoryEvent): string[] {
    const broken = isErased ? this.chain.followErased(changes ?? []) : this.chain.follow(changes ?? []);
    return reasonWith('previous is not what the events before had left', broken);
  }
}
