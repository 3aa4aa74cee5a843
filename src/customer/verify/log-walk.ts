import { eventBody, eventHash, firstHead, valuesDigest, type AuditHead } from '../../audit/audit-chain.js';
import type { AuditEvent } from '../../audit/audit-event.js';
import { hasValues } from '../../audit/erase-event.js';

/** An audit event as it is stored, at its position in its organization's log. */
export interface StoredEvent {
  readonly position: number;
  readonly hash: string | null;
  readonly salt: string | null;
  readonly valuesDigest: string | null;
  /** Null where it can't be read. */
  readonly event: AuditEvent | null;
  /** Whether data of its customer, or of a side of its merge, was erased. */
  readonly mayBeErased: boolean;
}

/** Goes through one organization's audit log by position: each event must follow from the one before. Pure. */
export class LogWalk {
  private end: AuditHead = firstHead;

  /** Takes the event in; answers what is wrong with it. */
  add(stored: StoredEvent): string[] {
    const before = this.end;
    const gap = stored.position - before.position - 1;
    if (gap < 0) return ['its position is not behind that of the event before'];
    this.end = { position: stored.position, hash: stored.hash ?? '' };
    // What follows a gap can't be worked out.
    const isRight = gap > 0 || hashOf(stored, before) === stored.hash;
    return [
      ...(gap > 0 ? [`behind ${gap === 1 ? 'an event that is' : `${gap} events that are`} missing`] : []),
      ...(isRight ? [] : ['its hash is not that of the event before and of what it says']),
      ...erasureReasons(stored),
    ];
  }

  /** What is wrong with the head that is stored for the log, after its last event. */
  headReasons(head: AuditHead | null): string[] {
    const { position, hash } = this.end;
    if (head === null) return ['its audit log has no head'];
    if (head.position !== position) {
      return [`the head of its audit log is at position ${head.position}, its last event at ${position}`];
    }
    return head.hash === hash ? [] : ['the head of its audit log is not the hash of its last event'];
  }
}

function hashOf({ event, position, salt, valuesDigest: kept }: StoredEvent, before: AuditHead): string | null {
  if (event === null) return null;
  const values = salt === null ? kept : valuesDigest(event, salt);
  return values === null ? null : eventHash(before.hash, position, eventBody(event, values));
}

/** An event is whole, with a salt, or erased, with a digest of what was there. */
function erasureReasons({ event, salt, valuesDigest: kept, mayBeErased }: StoredEvent): string[] {
  if (salt !== null) return kept === null ? [] : ['it has a digest in place of its values, which are there'];
  return [
    ...(event !== null && hasValues(event) ? ['its values are there, though it has no salt for them'] : []),
    ...(mayBeErased ? [] : ['its values are erased, and nobody was whose they could be']),
  ];
}
