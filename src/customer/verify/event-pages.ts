import type { EntityManager } from 'typeorm';
import { hasValues } from '../../audit/erase-event.js';
import type { FieldChange } from '../../audit/field-change.js';
import { parseMergeRecord, type MergeRecordJson } from '../merge/merge-record-json.js';
import type { HistoryEvent, NamedMerge } from './customer-history.js';
import { conditionOf, type CustomerKey, type CustomerRange } from './customer-range.js';
import type { Truth } from './figure-columns.js';
import { storedValues, survivorValues } from './stored-values.js';

export interface CustomerEvent {
  readonly key: CustomerKey;
  readonly event: HistoryEvent;
}

interface EventRow extends CustomerKey, RecordRow {
  sequence: number;
  version: number;
  action: string;
  changes: string;
  mergeId: string | null;
  isErased: Truth;
  hasContext: Truth;
}

/** The record that the event names; all null where it names none, or one that is not there. */
type RecordRow = { [Name in keyof MergeRecordJson as `record_${Name}`]: string | null } & {
  survivorId: number | null;
  victimId: number | null;
  undoneAt: number | null;
  mergeErasedAt: number | null;
};

/** All events of the range by customer and sequence, in pages of at most `pageSize`; each with the merge that it names. */
export async function* eventPages(
  manager: EntityManager,
  range: CustomerRange,
  pageSize: number,
): AsyncGenerator<readonly CustomerEvent[]> {
  let page: EventRow[];
  let last: EventRow | undefined;
  do {
    page = await findEvents(manager, range, last, pageSize);
    if (page.length > 0) yield page.map(readEvent);
    last = page.at(-1);
  } while (page.length === pageSize);
}

function findEvents(
  manager: EntityManager,
  range: CustomerRange,
  after: EventRow | undefined,
  pageSize: number,
): Promise<EventRow[]> {
  // The last event is a lower end of its own: with two of them, the database might start at the other one each time.
  const { on, parameters } = conditionOf(after === undefined ? range : { after: null, upTo: range.upTo });
  const next = parameters.length + 1;
  const behind = `(e.organization_id, e.customer_id, e.sequence) > ($${next}, $${next + 1}, $${next + 2})`;
  return manager.query<EventRow[]>(
    `SELECT e.organization_id AS "organizationId", e.customer_id AS "customerId", e.sequence, e.version, e.action,
            (e.salt IS NULL AND e.values_digest IS NOT NULL) AS "isErased", e.user_context IS NOT NULL AS "hasContext",
            m.erased_at AS "mergeErasedAt", e.changes, e.merge_id AS "mergeId", m.survivor_id AS "survivorId", m.victim_id AS "victimId",
            m.undone_at AS "undoneAt", m.matched_on AS "record_matchedOn", m.changes AS "record_changes",
            m.balances AS "record_balances", m.survivor_before AS "record_survivorBefore",
            m.victim_before AS "record_victimBefore"
       FROM audit_event AS e
       LEFT JOIN customer_merge AS m ON m.organization_id = e.organization_id AND m.id = e.merge_id
      WHERE ${on('e')} AND ${after === undefined ? 'true' : behind}
      ORDER BY e.organization_id, e.customer_id, e.sequence LIMIT ${pageSize}`,
    after === undefined ? [...parameters] : [...parameters, after.organizationId, after.customerId, after.sequence],
  );
}

function readEvent(row: EventRow): CustomerEvent {
  const { organizationId, customerId, sequence, version, action, mergeId } = row;
  const changes = readChanges(row.changes);
  return {
    key: { organizationId, customerId },
    event: {
      sequence,
      version,
      action,
      mergeId,
      isErased: Boolean(row.isErased),
      hasValues: Boolean(row.hasContext) || hasValues({ userContext: null, changes: changes ?? [] }),
      changes,
      merge: readMerge(row),
    },
  };
}

/** Null where they can't be read. */
export function readChanges(text: string): FieldChange[] | null {
  try {
    const changes = JSON.parse(text) as unknown;
    return Array.isArray(changes) && changes.every(isChange) ? changes : null;
  } catch {
    return null;
  }
}

function isChange(change: unknown): change is FieldChange {
  if (typeof change !== 'object' || change === null) return false;
  const { field, previous, current, rule } = change as Record<string, unknown>;
  const isValue = (value: unknown): boolean => value === null || typeof value === 'string';
  return typeof field === 'string' && typeof rule === 'string' && isValue(previous) && isValue(current);
}

function readMerge(row: EventRow): NamedMerge | null {
  const { survivorId, victimId, undoneAt } = row;
  if (survivorId === null || victimId === null) return null;
  return { survivorId, victimId, isUndone: undoneAt !== null, ...readSides(row) };
}

function readSides(row: EventRow): Pick<NamedMerge, 'survivorBefore' | 'victimBefore'> {
  try {
    const { survivorBefore, victimBefore } = parseMergeRecord({
      matchedOn: row.record_matchedOn ?? '',
      changes: row.record_changes ?? '',
      balances: row.record_balances ?? '',
      survivorBefore: row.record_survivorBefore ?? '',
      victimBefore: row.record_victimBefore ?? '',
    });
    const isErased = row.mergeErasedAt !== null;
    return {
      survivorBefore: {
        version: survivorBefore.version,
        values: isErased ? null : survivorValues(survivorBefore),
      },
      victimBefore: { version: victimBefore.version, values: isErased ? null : storedValues(victimBefore) },
    };
  } catch {
    // That the record cannot be read is told of the merge.
    return { survivorBefore: null, victimBefore: null };
  }
}
