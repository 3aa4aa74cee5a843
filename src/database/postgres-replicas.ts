import type { DataSource } from 'typeorm';
import type { Reads } from './reads.js';
import { createReplica, identityOf, type Replica } from './postgres-replica.js';
import { laterOf, readWalPosition, writeWalPosition, type WalPosition } from './wal-position.js';

/** The standbys of a primary, and what decides whether one of them is read. */
export interface Replicas {
  readsAfter(after: string | null): Reads;
  /** Takes note of where the primary's log was right after a commit. */
  committed(position: string): void;
  lastCommit(): string;
  close(): Promise<void>;
}

/** How often all of them, and the primary, are looked at. */
const LOOK_EVERY_MS = 1000;
/** A replica has to have what the primary had so many looks ago. */
const MOST_LOOKS_BEHIND = 5;

// What is flushed, not what is inserted: a commit is flushed before it is answered or seen, and what is only inserted
// may stay away from the replicas for as long as nobody commits.
const POSITION = 'SELECT pg_current_wal_flush_lsn()::text AS position';

/**
 * Opens the replicas at these addresses, those that are there; the others are looked for later. Throws DatabaseRefused
 * where one is no copy of the primary's database.
 */
export async function openReplicas(urls: readonly string[], primary: DataSource): Promise<Replicas> {
  const identity = await identityOf(primary);
  const replicas = urls.map((url) => createReplica(url, identity));
  const first = await positionOf(primary);
  // From the oldest that still counts to the newest. With one only, a replica has to have all that was there at the start.
  const positions = [first];
  let newest = first;
  let turn = 0;

  async function lookAtPrimary(): Promise<void> {
    positions.push(await positionOf(primary));
    if (positions.length > MOST_LOOKS_BEHIND) positions.shift();
  }
  const close = (): Promise<unknown> => Promise.all(replicas.map((replica) => replica.close()));

  try {
    await Promise.all(replicas.map((replica) => replica.look()));
  } catch (error) {
    await close();
    throw error;
  }
  // Where the primary is down, what it last had is what a replica has to have.
  const looking = setInterval(() => {
    for (const look of [lookAtPrimary(), ...replicas.map((replica) => replica.look())]) look.catch(() => undefined);
  }, LOOK_EVERY_MS).unref();

  return {
    readsAfter: (after) =>
      createReads(primary, wanted(after), (position) => {
        turn = (turn + 1) % replicas.length;
        const inTurn = [...replicas.slice(turn), ...replicas.slice(0, turn)];
        return choose(inTurn, laterOf(position, positions[0] ?? first));
      }),
    committed(text) {
      newest = laterOf(newest, readWalPosition(text) ?? newest);
    },
    lastCommit: () => writeWalPosition(newest),
    async close() {
      clearInterval(looking);
      await close();
    },
  };
}

async function positionOf(primary: DataSource): Promise<WalPosition> {
  const [{ position }] = await primary.query<[{ position: string }]>(POSITION);
  return readWalPosition(position) ?? 0n;
}

/** The latest of what a client lists; null, for the primary, where any of it is no position. */
function wanted(after: string | null): WalPosition | null {
  const positions = after === null ? [0n] : after.split(',').map((part) => readWalPosition(part.trim()));
  return positions.reduce((one, other) => (one === null || other === null ? null : laterOf(one, other)));
}

/** The first replica that has replayed the position; where none is known to have, those that are there are asked, once. */
async function choose(replicas: readonly Replica[], position: WalPosition): Promise<Replica | null> {
  const ready = replicas.find((replica) => replica.readerAt(position) !== null);
  if (ready !== undefined) return ready;
  const asked = replicas
    .filter((replica) => replica.isThere())
    .map(async (replica) => {
      await replica.look();
      if (replica.readerAt(position) === null) throw new Error('It is not that far');
      return replica;
    });
  return Promise.any(asked).catch(() => null);
}

function createReads(
  primary: DataSource,
  after: WalPosition | null,
  choose: (position: WalPosition) => Promise<Replica | null>,
): Reads {
  // Null until something is read.
  let choice: Promise<Replica | null> | null = null;
  const pinToPrimary = (): void => void (choice = Promise.resolve(null));
  if (after === null) pinToPrimary();
  return {
    async read(work) {
      const replica = await (choice ??= choose(after ?? 0n));
      const reader = replica?.readerAt(after ?? 0n) ?? null;
      if (replica === null || reader === null) return work(primary.manager);
      try {
        return await work(reader);
      } catch {
        // Down, or in the way of what it replays. What is wrong in itself fails on the primary too.
        replica.mistrust();
        pinToPrimary();
        return work(primary.manager);
      }
    },
    pinToPrimary,
  };
}
