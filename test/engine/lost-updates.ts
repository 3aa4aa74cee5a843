import type { EngineWorld } from './world.js';

/** An update that was answered as done: the version that it led to, and the value that it set. */
export interface Acknowledged {
  readonly version: number;
  readonly value: string;
}

interface Change {
  readonly field: string;
  readonly previous: string | null;
  readonly current: string | null;
}

const FIELD = 'nickname';

/** The input that sets the value which the check below follows. */
export const setValue = (value: string) => [{ name: FIELD, value }];

/**
 * What is wrong with the history of a customer who was imported without the value: a version that is missing or there
 * twice, an update that did not see the one before it, one that was acknowledged and is not there, a row that is not
 * what the last one made it.
 */
export async function lostUpdates(
  { query }: Pick<EngineWorld, 'query'>,
  organizationId: string,
  customerId: number,
  acknowledged: readonly Acknowledged[],
): Promise<string[]> {
  const events = await query<{ version: number; changes: string }>(
    'SELECT version, changes FROM audit_event WHERE organization_id = ? AND customer_id = ? ORDER BY sequence',
    [organizationId, customerId],
  );
  const problems: string[] = [];
  const valueAt = new Map<number, string | null>();
  let version = 1;
  let value: string | null = null;
  for (const event of events) {
    if (event.version !== version + 1) problems.push(`after version ${version} came ${event.version}`);
    version = event.version;
    const change = (JSON.parse(event.changes) as Change[]).find(({ field }) => field === `customFields.${FIELD}`);
    if (change === undefined) continue;
    if (change.previous !== value) {
      problems.push(`version ${version} changed ${String(change.previous)}, while ${String(value)} was there`);
    }
    value = change.current;
    valueAt.set(version, value);
  }
  for (const update of acknowledged) {
    if (valueAt.get(update.version) === update.value) continue;
    problems.push(`${update.value} was acknowledged as version ${update.version}, which is not in the log`);
  }
  const [stored] = await query<{ version: number; value: string | null }>(
    `SELECT c.version, f.value FROM customer AS c LEFT JOIN customer_field AS f
       ON f.organization_id = c.organization_id AND f.customer_id = c.id AND f.kind = 'CUSTOM' AND f.name = ?
      WHERE c.organization_id = ? AND c.id = ?`,
    [FIELD, organizationId, customerId],
  );
  if (stored?.version !== version) problems.push(`the row has version ${String(stored?.version)}, not ${version}`);
  if ((stored?.value ?? null) !== value) problems.push(`the row has ${String(stored?.value)}, not ${String(value)}`);
  return problems;
}
