import { QueryFailedError, type EntityManager } from 'typeorm';
import type { Account } from '../account.js';
import { loadAccounts } from '../engine/load-accounts.js';
import type { Breach } from './breach.js';
import { CustomerHistory, IMPORTED_VERSION } from './customer-history.js';
import { conditionOf, type CustomerKey, type CustomerRange } from './customer-range.js';
import { eventPages } from './event-pages.js';
import { storedValues } from './stored-values.js';

// Invariant 4 of "What must always hold", customer by customer: the events tell all that became of it, in order.

interface CustomerFacts extends CustomerKey {
  version: number;
  lastSequence: number;
  erasedAt: number | null;
}

const keyOf = ({ organizationId, customerId }: CustomerKey): string => `${organizationId} ${customerId}`;

interface Finished {
  readonly key: CustomerKey;
  readonly history: CustomerHistory;
}

/**
 * Events that do not fit those before them, their customer as it is stored, or their merge; and customers that changed
 * without an event. Reads `pageSize` events at once, however many of them are one customer's.
 */
export async function* auditBreaches(
  manager: EntityManager,
  range: CustomerRange,
  pageSize: number,
): AsyncGenerator<Breach> {
  const eventless = new Map((await findCustomers(manager, range)).map((facts) => [keyOf(facts), facts]));
  let current: Finished | null = null;
  for await (const page of eventPages(manager, range, pageSize)) {
    const finished: Finished[] = [];
    for (const { key, event } of page) {
      if (current === null || keyOf(current.key) !== keyOf(key)) {
        if (current !== null) finished.push(current);
        current = { key, history: new CustomerHistory(key.customerId) };
      }
      for (const reason of current.history.add(event)) yield { ...key, sequence: event.sequence, reason };
    }
    yield* endBreaches(manager, finished, eventless);
  }
  if (current !== null) yield* endBreaches(manager, [current], eventless);
  for (const { organizationId, customerId, version } of eventless.values()) {
    if (version === IMPORTED_VERSION) continue;
    yield { organizationId, customerId, reason: `at version ${version} without an event` };
  }
}

/** What is wrong with the customers as they are stored, after all of their events; takes them out of `customers`. */
async function* endBreaches(
  manager: EntityManager,
  finished: readonly Finished[],
  customers: Map<string, CustomerFacts>,
): AsyncGenerator<Breach> {
  const telling = finished.filter(({ key, history }) => customers.has(keyOf(key)) && history.tellsValues());
  const accounts = await loadReadable(
    manager,
    telling.map(({ key }) => key),
  );
  for (const { key, history } of finished) {
    const facts = customers.get(keyOf(key));
    if (facts === undefined) {
      yield { ...key, reason: 'has audit events but does not exist' };
      continue;
    }
    if (facts.version !== history.version) {
      yield { ...key, reason: `at version ${facts.version}, while its last event led to ${history.version}` };
    }
    if (facts.lastSequence < history.sequence) {
      yield { ...key, sequence: history.sequence, reason: "event after the customer's last sequence" };
    }
    if (facts.erasedAt !== null) {
      for (const reason of history.erasureReasons()) yield { ...key, reason };
    }
    if (history.tellsValues()) {
      for (const reason of valueReasons(history, accounts.get(keyOf(key)))) yield { ...key, reason };
    }
    customers.delete(keyOf(key));
  }
}

function valueReasons(history: CustomerHistory, account: Account | undefined): string[] {
  try {
    return account === undefined ? [unreadable] : history.endReasons(storedValues(account));
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return [unreadable];
  }
}

const unreadable = 'its stored values cannot be read';

/**
 * What reading throws for a value that its column is not for, as SQLite lets a hand put anywhere: a figure with a
 * fraction, an instant out of range, bytes, of which it makes no JSON.
 */
const isUnreadable = (error: unknown): boolean =>
  error instanceof RangeError ||
  error instanceof SyntaxError ||
  (error instanceof QueryFailedError && error.message.includes('JSON cannot hold BLOB values'));

/** The accounts by key, without those that cannot be read. */
async function loadReadable(manager: EntityManager, keys: readonly CustomerKey[]): Promise<Map<string, Account>> {
  if (keys.length === 0) return new Map();
  const ids = keys.map(({ organizationId, customerId }) => [organizationId, customerId] as const);
  try {
    const { accounts } = await loadAccounts(manager, { ids, identifiers: [], records: [] });
    return new Map(accounts.map((account) => [keyOf({ ...account, customerId: account.id }), account]));
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    if (keys.length === 1) return new Map();
    const alone = new Map<string, Account>();
    for (const key of keys) for (const [name, account] of await loadReadable(manager, [key])) alone.set(name, account);
    return alone;
  }
}

function findCustomers(manager: EntityManager, range: CustomerRange): Promise<CustomerFacts[]> {
  const { on, parameters } = conditionOf(range);
  return manager.query<CustomerFacts[]>(
    `SELECT c.organization_id AS "organizationId", c.id AS "customerId", c.version, c.last_sequence AS "lastSequence",
            c.erased_at AS "erasedAt"
       FROM customer AS c WHERE ${on('c', 'id')} ORDER BY c.organization_id, c.id`,
    [...parameters],
  );
}
