import {
  Channel,
  Priority,
  SubscriptionStatus,
  type Account,
  type SubscriptionKey,
  type SubscriptionState,
} from '../account.js';
import { noteUnknownKeys, readChoice, readObjects, type JsonObject, type Note } from './record-values.js';

const keys = new Set(['channel', 'priority', 'status']);

/**
 * A record's subscriptions, each channel and priority once. The status has no default: a consent that the file does not
 * state is not made up.
 */
export function readSubscriptions(record: JsonObject, note: Note): Account['subscriptions'] {
  const subscriptions = new Map<SubscriptionKey, SubscriptionState>();
  for (const { item, path } of readObjects(record, 'subscriptions', note)) {
    noteUnknownKeys(item, keys, path, note);
    const channel = required(item, 'channel', path, Channel, note);
    const priority = required(item, 'priority', path, Priority, note);
    const status = required(item, 'status', path, SubscriptionStatus, note);
    if (channel === null || priority === null || status === null) continue;
    const key: SubscriptionKey = `${channel}.${priority}`;
    if (subscriptions.has(key)) note(path, 'has the channel and priority of an earlier entry');
    else subscriptions.set(key, { status, mergeId: null });
  }
  return subscriptions;
}

function required<T extends string>(
  item: JsonObject,
  key: string,
  path: string,
  choices: Readonly<Record<string, T>>,
  note: Note,
): T | null {
  if ((item[key] ?? null) === null) return note(`${path}.${key}`, 'is missing');
  return readChoice(item, key, `${path}.${key}`, choices, note);
}
