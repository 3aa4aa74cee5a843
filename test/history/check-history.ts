import type { CustomerLog, History, Operation, Outcome, Place, Read, Version, Write } from './history.js';

/**
 * What is wrong with a history, a line for each breach. Where there is none, it is linearizable: for each customer there is
 * one order of all that was done, in which each write comes after what it was answered to come after, each acknowledged one is
 * there once, one that was refused is not, one that nobody knows of is there as a whole or not at all, each read sees the
 * last write before it, and whatever began after another had ended comes after it.
 *
 * The order is not sought, as a checker must that knows only answers: versions are answered, so it is that of the
 * versions. What is left to check is that each write has one of its own, and that no answer contradicts the order. Customers
 * are checked each by themselves: a history is linearizable where that of each object is.
 */
export function breachesOf(history: History): string[] {
  const facts = gather(history);
  return [
    ...history.logs.flatMap(logBreaches),
    ...strangers(facts),
    ...[...facts.writes].flatMap(([tag, writes]) => tagBreaches(tag, writes, facts)),
    ...facts.reads.flatMap((read) => readBreaches(read, facts)),
    ...batchBreaches(facts),
    ...orderBreaches(facts),
    ...conflictBreaches(facts),
  ];
}

interface Facts {
  readonly logs: ReadonlyMap<string, CustomerLog>;
  /** Where each write is in the logs. */
  readonly placesOf: ReadonlyMap<string, readonly Place[]>;
  readonly writes: ReadonlyMap<string, readonly Write[]>;
  readonly reads: readonly Read[];
}

type Done = Extract<Outcome, { kind: 'done' }>;

function gather({ operations, logs }: History): Facts {
  const places = logs.flatMap(({ customer, versions }) =>
    versions.flatMap(({ version, tags }) => tags.map((tag) => ({ tag, customer, version }))),
  );
  return {
    logs: new Map(logs.map((log) => [log.customer, log])),
    placesOf: grouped(places, ({ tag }) => tag),
    writes: grouped(operations.filter(isWrite), ({ tag }) => tag),
    reads: operations.filter((operation) => operation.kind === 'read'),
  };
}

const isWrite = (operation: Operation): operation is Write => operation.kind === 'write';

function grouped<T>(list: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}

const at = ({ customer, version }: Place): string => `customer ${customer} at version ${version}`;
const done = ({ outcome }: Write): Done | null => (outcome.kind === 'done' ? outcome : null);

/** One order of versions, each made by one write that saw the one before it, and the row is what the last one made. */
function logBreaches({ customer, versions, row }: CustomerLog): string[] {
  const breaches: string[] = [];
  let before: Version | null = null;
  for (const one of versions) {
    const where = at({ customer, version: one.version });
    if (before !== null) {
      if (one.version <= before.version) breaches.push(`${where} comes after version ${before.version}`);
      if (one.tags.length !== 1) breaches.push(`${where} is of ${one.tags.length} writes: ${one.tags.join(', ')}`);
      if (one.previous !== undefined && one.previous !== before.value) {
        breaches.push(`${where} changed ${String(one.previous)}, while ${String(before.value)} was there`);
      }
    }
    before = one;
  }
  const [last] = versions.slice(-1);
  if (last?.version !== row.version || last.value !== row.value || last.isLive !== row.isLive) {
    breaches.push(`customer ${customer} is ${JSON.stringify(row)}, which is not what the last write made`);
  }
  return breaches;
}

/** What is in a log and was never sent. */
function strangers({ placesOf, writes }: Facts): string[] {
  return [...placesOf]
    .filter(([tag]) => !writes.has(tag))
    .map(
      ([tag, [place]]) => `${tag}, which nobody sent, is in the log${place === undefined ? '' : ` of ${at(place)}`}`,
    );
}

/** Whether a write is in the logs as often, and where, its answers say. */
function tagBreaches(tag: string, writes: readonly Write[], { placesOf }: Facts): string[] {
  const found = placesOf.get(tag) ?? [];
  const breaches: string[] = [];
  for (const [customer, places] of grouped(found, (place) => place.customer)) {
    if (places.length > 1) breaches.push(`${tag} is in the log of customer ${customer} ${places.length} times`);
  }
  const acknowledged = writes.map(done).filter((outcome) => outcome !== null);
  const original = acknowledged.filter(({ replayed }) => !replayed);
  if (original.length > 1) breaches.push(`${tag} was acknowledged as done ${original.length} times`);
  if (acknowledged.length > 0 && found.length === 0) breaches.push(`${tag} was acknowledged and is in no log`);
  for (const place of original.flatMap(({ places }) => places)) {
    if (found.some((one) => one.customer === place.customer && one.version === place.version)) continue;
    breaches.push(`${tag} was acknowledged as ${at(place)}, where the log does not have it`);
  }
  if (found.length > 0 && writes.every(({ outcome }) => outcome.kind === 'refused')) {
    breaches.push(`${tag} was refused and is in the log`);
  }
  // An update is one customer's; a merge or an undo is in two logs, at one version.
  const versions = new Set(found.map(({ version }) => version));
  if (original.length > 0 && versions.size > 1)
    breaches.push(`${tag} is in the logs at versions ${[...versions].join()}`);
  return breaches;
}

/** A read saw one version as it was. */
function readBreaches({ customer, version, value }: Read, { logs }: Facts): string[] {
  const seen = logs.get(customer)?.versions.find((one) => one.version === version);
  const where = at({ customer, version });
  if (seen === undefined) return [`a read saw ${where}, which is not in the log`];
  if (!seen.isLive) return [`a read saw ${where}, which is merged into another`];
  return seen.value === value ? [] : [`a read saw ${String(value)} as ${where}, which has ${String(seen.value)}`];
}

/** What was sent together is stored together, in its order. */
function batchBreaches({ writes, placesOf }: Facts): string[] {
  const inBatches = [...writes.values()].flat().filter(({ batch }) => batch !== null);
  return [...grouped(inBatches, ({ batch }) => batch?.id ?? '')].flatMap(([id, items]) => {
    const placed = items
      .toSorted((one, other) => (one.batch?.index ?? 0) - (other.batch?.index ?? 0))
      .flatMap(({ tag }) => (placesOf.get(tag) ?? []).slice(0, 1));
    const breaches =
      placed.length === 0 || placed.length === items.length
        ? []
        : [`of ${items.length} writes of batch ${id}, ${placed.length} are stored`];
    for (const [customer, places] of grouped(placed, (place) => place.customer)) {
      const isInOrder = places.every(
        ({ version }, index) => index === 0 || version > (places[index - 1]?.version ?? 0),
      );
      if (!isInOrder)
        breaches.push(`the writes of batch ${id} are in another order in the log of customer ${customer}`);
    }
    return breaches;
  });
}

interface Observation extends Place {
  readonly began: number;
  /** Infinity where there was no answer: nothing has to come after it. */
  readonly ended: number;
  readonly made: boolean;
  readonly what: string;
}

/** Every version that somebody made or saw, and when. */
function observations({ writes, reads, placesOf }: Facts): Observation[] {
  const seen: Observation[] = reads.map((read) => ({ ...read, made: false, what: 'a read' }));
  for (const [tag, attempts] of writes) {
    const began = Math.min(...attempts.map((write) => write.began));
    const original = attempts.find((write) => done(write)?.replayed === false);
    for (const place of placesOf.get(tag) ?? []) {
      const timed = { began: original?.began ?? began, ended: original?.ended ?? Infinity };
      seen.push({ ...place, ...timed, made: true, what: tag });
    }
    for (const write of attempts) {
      const outcome = done(write);
      if (outcome?.replayed !== true) continue;
      const { began, ended } = write;
      seen.push(...outcome.places.map((place) => ({ ...place, began, ended, made: false, what: `${tag}, replayed,` })));
    }
  }
  return seen;
}

/** What began after another had ended sees at least its version, and makes a later one. */
function orderBreaches(facts: Facts): string[] {
  return [...grouped(observations(facts), ({ customer }) => customer).values()].flatMap((ofCustomer) => {
    const floorAt = floors(ofCustomer);
    return ofCustomer.flatMap((one) => {
      const floor = floorAt(one.began);
      if (floor === null || (one.made ? one.version > floor.version : one.version >= floor.version)) return [];
      const verb = one.made ? 'made' : 'saw';
      return [
        `${one.what} ${verb} ${at(one)}, and began after ${floor.what} was answered with version ${floor.version}`,
      ];
    });
  });
}

/** The greatest version that had been answered before a moment, by whom. */
function floors(ofCustomer: readonly Observation[]): (moment: number) => Observation | null {
  const byEnd = ofCustomer.toSorted((one, other) => one.ended - other.ended);
  let greatest: Observation | null = null;
  const greatestUpTo = byEnd.map((one) => (greatest = one.version > (greatest?.version ?? -1) ? one : greatest));
  return (moment) => {
    let [low, high] = [0, byEnd.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((byEnd[middle]?.ended ?? Infinity) < moment) low = middle + 1;
      else high = middle;
    }
    return greatestUpTo[low - 1] ?? null;
  };
}

/** One that expected a version was the next one after it; one that was refused for it had a reason. */
function conflictBreaches(facts: Facts): string[] {
  const { writes, logs } = facts;
  const seen = grouped(observations(facts), ({ customer }) => customer);
  return [...writes.values()].flat().flatMap((write) => {
    const { tag, customer, expectedVersion: expected, outcome } = write;
    if (expected === null) return [];
    if (outcome.kind === 'done' && !outcome.replayed) {
      const versions = logs.get(customer)?.versions ?? [];
      const index = versions.findIndex(({ version }) => version === outcome.places[0]?.version);
      const before = versions[index - 1]?.version;
      return before === undefined || before === expected
        ? []
        : [`${tag} expected version ${expected}, and was done after version ${before}`];
    }
    if (outcome.kind !== 'refused' || outcome.code !== 'VERSION_CONFLICT') return [];
    const ofCustomer = seen.get(customer) ?? [];
    const least = Math.max(1, ...ofCustomer.filter(({ ended }) => ended < write.began).map(({ version }) => version));
    const most = Math.max(1, ...ofCustomer.filter(({ began }) => began < write.ended).map(({ version }) => version));
    if (least !== expected || most !== expected) return [];
    return [`${tag} was refused for another version than ${expected}, which was there all the time`];
  });
}
