import type { CustomerLog, Version } from './history.js';

/** Runs a statement with ? for its parameters, and answers its rows. */
export type Query = <Row>(statement: string, parameters?: unknown[]) => Promise<Row[]>;

interface EventRow {
  readonly customer_id: number;
  readonly version: number;
  readonly action: 'UPDATED' | 'MERGED' | 'MERGE_UNDONE';
  readonly changes: string;
  readonly merge_id: string | null;
}

interface CustomerRow {
  readonly id: number;
  readonly version: number;
  readonly merged_into: number | null;
  readonly value: string | null;
}

interface Change {
  readonly field: string;
  readonly previous: string | null;
  readonly current: string | null;
  readonly rule: string;
}

/** The custom field that writes set, each to a text of its own. */
export const FIELD = 'nickname';

/** The logs of all customers of an organization, who were imported without the value that writes set. */
export async function readLogs(query: Query, organizationId: string): Promise<CustomerLog[]> {
  const rows = await query<CustomerRow>(
    `SELECT c.id, c.version, c.merged_into, f.value FROM customer AS c LEFT JOIN customer_field AS f
       ON f.organization_id = c.organization_id AND f.customer_id = c.id AND f.kind = 'CUSTOM' AND f.name = ?
      WHERE c.organization_id = ? ORDER BY c.id`,
    [FIELD, organizationId],
  );
  const events = await query<EventRow>(
    `SELECT customer_id, version, action, changes, merge_id FROM audit_event
      WHERE organization_id = ? ORDER BY customer_id, sequence`,
    [organizationId],
  );
  const tagOfMerge = tagsOfMerges(events);
  return rows.map(({ id, version, merged_into, value }) => ({
    customer: String(id),
    versions: versionsOf(
      events.filter((event) => event.customer_id === id),
      tagOfMerge,
    ),
    row: { version, value, isLive: merged_into === null },
  }));
}

/** Several events of one version are one write: the merges of a request, and what it changed itself. */
function versionsOf(events: readonly EventRow[], tagOfMerge: ReadonlyMap<string, string>): Version[] {
  const versions: Version[] = [{ version: 1, tags: [], previous: undefined, value: null, isLive: true }];
  let group: EventRow[] = [];
  for (const [index, event] of events.entries()) {
    group.push(event);
    const next = events[index + 1];
    // A version that is there again later, or twice as a whole, is another write.
    if (next?.version === event.version && event.action === 'MERGED' && next.action !== 'MERGE_UNDONE') continue;
    versions.push(versionOf(group, versions.at(-1), tagOfMerge));
    group = [];
  }
  return versions;
}

function versionOf(
  group: readonly EventRow[],
  before: Version | undefined,
  tagOfMerge: ReadonlyMap<string, string>,
): Version {
  const changes = group.flatMap(valueChanges);
  const isVictim = group.every(({ action, changes }) => action === 'MERGED' && changes === '[]');
  return {
    version: group[0]?.version ?? 0,
    tags: [...new Set(group.flatMap((event) => tagsOf(event, tagOfMerge)))],
    previous: changes[0]?.previous,
    value: changes.length > 0 ? (changes.at(-1)?.current ?? null) : (before?.value ?? null),
    isLive: !isVictim,
  };
}

const valueChanges = ({ changes }: EventRow): Change[] =>
  (JSON.parse(changes) as Change[]).filter(({ field }) => field === `customFields.${FIELD}`);

/** An update is known by the value that it sets, a merge by that of its request, an undo by its merge. */
function tagsOf(event: EventRow, tagOfMerge: ReadonlyMap<string, string>): string[] {
  const { action, merge_id } = event;
  if (action === 'MERGE_UNDONE') return [`undo:${String(merge_id)}`];
  if (action === 'MERGED') return [tagOfMerge.get(merge_id ?? '') ?? `merge:${String(merge_id)}`];
  return valueChanges(event).flatMap(({ current, rule }) => (rule === 'REQUEST' && current !== null ? [current] : []));
}

/** The request of a merge has set a value at the same version of the survivor. */
function tagsOfMerges(events: readonly EventRow[]): Map<string, string> {
  const tags = new Map<string, string>();
  for (const [index, { action, merge_id, customer_id, version }] of events.entries()) {
    if (action !== 'MERGED' || merge_id === null) continue;
    const next = events[index + 1];
    if (next?.action !== 'UPDATED' || next.customer_id !== customer_id || next.version !== version) continue;
    const [tag] = tagsOf(next, tags);
    if (tag !== undefined) tags.set(merge_id, tag);
  }
  return tags;
}
