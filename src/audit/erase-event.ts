import { valuesDigest } from './audit-chain.js';
import type { AuditEvent } from './audit-event.js';
import { isFigureChange, type FieldChange } from './field-change.js';

/** What of an event changes when it is erased. */
export interface ErasedParts {
  readonly changes: readonly FieldChange[];
  readonly valuesDigest: string;
}

/**
 * The event without a person's values: which fields changed and by which rule stays, and all of figures. The digest is
 * that of the values which were there, so that the event's hash can still be worked out. Pure.
 */
export const eraseEvent = (event: Pick<AuditEvent, 'userContext' | 'changes'>, salt: string): ErasedParts => ({
  changes: eraseChanges(event.changes),
  valuesDigest: valuesDigest(event, salt),
});

/** The changes without values, but for those of figures. */
export const eraseChanges = (changes: readonly FieldChange[]): FieldChange[] =>
  changes.map((change) => (isFigureChange(change) ? change : { ...change, previous: null, current: null }));

/** Whether anything is there that an erasure would take. */
export const hasValues = ({ userContext, changes }: Pick<AuditEvent, 'userContext' | 'changes'>): boolean =>
  userContext !== null ||
  changes.some((change) => !isFigureChange(change) && (change.previous !== null || change.current !== null));
