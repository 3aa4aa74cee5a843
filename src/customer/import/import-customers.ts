import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { Organization } from '../../organization/organization.js';
import type { Instant } from '../../values/instant.js';
import { insertCustomers, insertIfNew, prepareWrites, type NewCustomer } from '../engine/write-accounts.js';
import { givenId, readCustomerRecord, type ReadCustomer } from './customer-record.js';
import type { CustomerSource, SourceRecord } from './customer-source.js';
import { DOUBLED } from './doubled-keys.js';
import { ImportRefused, MAX_FAULTS, type ImportFault } from './import-refused.js';
import { keptAwake } from './kept-awake.js';
import { findGreatestId, findStoredIds, MADE_IDS_BELOW } from './stored-customers.js';
import { claim, findOwners, takenFrom } from './taken.js';

const RECORDS_A_TURN = 32;

/** Told as the file is read: `done` of `total`, which doubles where customers bring no id. */
export type OnProgress = (done: number, total: number) => void;

export interface CustomersToImport {
  readonly organization: Organization;
  readonly source: CustomerSource;
  readonly now: Instant;
  /** Sees what was committed before this import, and nothing of it. */
  readonly committed: EntityManager;
  readonly onProgress?: OnProgress | undefined;
}

/** A fault of a record; one that is about a customer who has the same says who that is. */
interface Fault {
  readonly position: number;
  readonly path: string;
  readonly reason: string | { readonly ownerId: number };
}

type AssignId = (record: unknown) => Promise<number | null>;

/**
 * Imports customers inside the caller's transaction, piece by piece, and answers how many. Throws ImportRefused with the
 * first faults where there are any: the caller's transaction then has to be rolled back, since what stood before them
 * was written.
 */
export async function importCustomers(manager: EntityManager, customers: CustomersToImport): Promise<number> {
  const { organization, source, now, onProgress } = customers;
  let firstIdFound: Promise<number> | undefined;
  let readBefore = 0;
  // Most files bring every id: only others are read once more for it.
  const firstId = () => {
    readBefore = source.size;
    return (firstIdFound ??= findFirstId(manager, customers));
  };
  const assignId = idAssigner(firstId);
  const faults: Fault[] = [];
  let count = 0;
  await prepareWrites(manager);
  const store = async (read: readonly PlacedCustomer[]): Promise<void> => {
    // To look first who has the same takes a sixth of the time.
    const all = faults.length === 0 ? withoutFault(read) : null;
    if (all !== null && (await insertIfNew(manager, all))) {
      count += all.length;
      return;
    }
    const accepted = await accept(manager, organization.id, read, faults);
    if (faults.length < MAX_FAULTS) await insertCustomers(manager, accepted);
    count += accepted.length;
  };
  let storing: Promise<void> = Promise.resolve();
  try {
    for await (const { records, end } of source.read()) {
      // While the piece before this one is being stored.
      const read = await readRecords(records, assignId, organization, now);
      await storing;
      if (faults.length >= MAX_FAULTS) break;
      storing = store(read);
      // It is awaited, but not before the next piece is read: until then a failure must not count as unhandled.
      storing.catch(() => undefined);
      onProgress?.(readBefore + end, readBefore + source.size);
    }
  } finally {
    // Whatever happened: nothing may be stored any more when the transaction ends.
    await storing;
  }
  if (faults.length > 0) throw new ImportRefused(await explain(manager, faults, idAssigner(firstId), customers));
  return count;
}

/** The first of the ids for customers who bring none: above all that are stored, and all that the file brings. */
async function findFirstId(manager: EntityManager, customers: CustomersToImport): Promise<number> {
  const { organization, source, onProgress } = customers;
  let greatest = await findGreatestId(manager, organization.id);
  for await (const { records, end } of keptAwake(manager, source.readGivenIds())) {
    for (const { value } of records) {
      const id = givenId(value);
      if (typeof id === 'number' && id < MADE_IDS_BELOW && id > greatest) greatest = id;
    }
    onProgress?.(end, 2 * source.size);
  }
  return greatest + 1;
}

/** The same ids for the same records in the same order; null for a record that gives itself something that is no id. */
function idAssigner(firstId: () => Promise<number>): AssignId {
  let made = 0;
  return async (record) => {
    const given = givenId(record);
    if (given === undefined) return null;
    return given ?? (await firstId()) + made++;
  };
}

interface PlacedCustomer extends ReadCustomer {
  readonly position: number;
}

/** Lets go of the thread now and then: the write under way needs it for each of its statements. */
async function readRecords(
  records: readonly SourceRecord[],
  assignId: AssignId,
  organization: Organization,
  now: Instant,
): Promise<PlacedCustomer[]> {
  const read: PlacedCustomer[] = [];
  for (const record of records) {
    if (read.length % RECORDS_A_TURN === 0) await nextTurn();
    read.push(readRecord(record, await assignId(record.value), organization, now));
  }
  return read;
}

function readRecord(
  { position, value, fault, doubled }: SourceRecord,
  id: number | null,
  organization: Organization,
  now: Instant,
): PlacedCustomer {
  if (fault !== null) return { position, account: null, ledger: [], faults: [{ path: '', reason: fault }] };
  const read = readCustomerRecord(value, id, organization, now);
  if (doubled.length === 0) return { position, ...read };
  return { position, ...read, faults: [...doubled.map((path) => ({ path, reason: DOUBLED })), ...read.faults] };
}

/** All of them; null where one has a fault. */
function withoutFault(read: readonly PlacedCustomer[]): NewCustomer[] | null {
  const customers = read.flatMap(({ account, ledger, faults }) =>
    account === null || faults.length > 0 ? [] : [{ account, ledger }],
  );
  return customers.length === read.length ? customers : null;
}

/** The customers without a fault; the faults of the others are added to `faults`. */
async function accept(
  manager: EntityManager,
  organizationId: string,
  customers: readonly PlacedCustomer[],
  faults: Fault[],
): Promise<NewCustomer[]> {
  const owners = await findOwners(
    manager,
    organizationId,
    customers.flatMap(({ account }) => account ?? []),
  );
  const accepted: NewCustomer[] = [];
  for (const { position, account, ledger, faults: own } of customers) {
    const taken = account === null ? [] : takenFrom(owners, account);
    // One by one: a record may have more than a call takes arguments.
    for (const fault of own) faults.push({ position, ...fault });
    for (const { path, ownerId } of taken) faults.push({ position, path, reason: { ownerId } });
    if (account === null || own.length > 0 || taken.length > 0) continue;
    claim(owners, account);
    accepted.push({ account, ledger });
  }
  return accepted;
}

/** The faults as the operator is told them. Reads the file again for where a customer's double stands. */
async function explain(
  manager: EntityManager,
  faults: readonly Fault[],
  assignId: AssignId,
  { organization, source, committed }: CustomersToImport,
): Promise<ImportFault[]> {
  const ownerIds = new Set(faults.flatMap(({ reason }) => (typeof reason === 'string' ? [] : reason.ownerId)));
  const stored = new Set(await findStoredIds(committed, organization.id, [...ownerIds]));
  const doubles = new Set([...ownerIds].filter((id) => !stored.has(id)));
  const places = await findPlaces(manager, source, assignId, doubles);
  return faults.slice(0, MAX_FAULTS).map(({ position, path, reason }) => ({
    where: source.locate(position, path),
    reason: typeof reason === 'string' ? reason : doubleOf(reason.ownerId, places.get(reason.ownerId), source),
  }));
}

function doubleOf(ownerId: number, place: number | undefined, source: CustomerSource): string {
  return place === undefined
    ? `is that of customer ${ownerId} already`
    : `is that of ${source.locate(place, '')} already`;
}

async function findPlaces(
  manager: EntityManager,
  source: CustomerSource,
  assignId: AssignId,
  ids: ReadonlySet<number>,
): Promise<Map<number, number>> {
  const places = new Map<number, number>();
  if (ids.size === 0) return places;
  for await (const { records } of keptAwake(manager, source.read())) {
    for (const { position, value, fault } of records) {
      const id = fault === null ? await assignId(value) : null;
      if (id !== null && ids.has(id) && !places.has(id)) places.set(id, position);
    }
    if (places.size === ids.size) break;
  }
  return places;
}
