import type { DataSource } from 'typeorm';
import { ServiceBusy } from '../values/service-busy.js';
import type { TellReplica } from './database.js';
import { createReplica, type Replica } from './postgres-replica.js';
import { logOf, readLog, type ToldLog } from './primary-log.js';
import { readsFrom, type Reads } from './reads.js';
import { isDatabaseUnavailable } from './unavailable.js';
import { laterOf, readWalPosition, writeWalPosition, type WalPosition } from './wal-position.js';

/** The standbys of a primary, and what decides whether one of them is read. */
export interface Replicas {
  readonly readsAfter: (after: string | null) => Reads;
  /** Takes note of where the primary's log was right after a commit. */
  readonly committed: (told: ToldLog) => void;
  readonly lastCommit: () => string;
  close(): Promise<void>;
}

/** How often all of them, and the primary, are looked at. */
const LOOK_EVERY_MS = 1000;
/** A replica has to have what the primary had so long ago, a look more or less. */
const MOST_BEHIND_MS = 4500;

/**
 * Opens the replicas at these addresses, those that are there; the others are looked for later. Throws DatabaseRefused
 * where one is no copy of the primary's database.
 */
export async function openReplicas(
  urls: readonly string[],
  primary: DataSource,
  tell?: TellReplica,
): Promise<Replicas> {
  let { identity, position: newest, timeline } = await logOf(primary);
  const copied = { identity: () => identity, timeline: () => timeline };
  const replicas = urls.map((url) => createReplica(url, copied, tell));
  const close = (): Promise<unknown> => Promise.all(replicas.map((replica) => replica.close()));
  try {
    await Promise.all(replicas.map((replica) => replica.look()));
  } catch (error) {
    await close();
    throw error;
  }

  // What the one before has answered may come later than the first word of the one that was promoted.
  function meet(found: number): void {
    timeline = Math.max(timeline, found);
  }

  // The oldest first. Until there are more, a replica has to have all that was there at the start.
  const positions = [{ position: newest, at: performance.now() }];
  let isLooking = false;
  async function lookAtPrimary(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      const at = performance.now();
      const comparisons = replicas.map((replica) => replica.comparison());
      const found = await logOf(primary);
      // Its address leads to another database, whose positions and timelines say nothing of the one before.
      if (found.identity !== identity) {
        ({ identity, position: newest, timeline } = found);
        positions.splice(0);
        for (const replica of replicas) replica.mistrust();
      } else {
        // What a copy had before, the primary has by now.
        for (const compare of comparisons) compare(found);
      }
      meet(found.timeline);
      positions.push({ position: found.position, at });
      // By time: a process that has stood still has not looked meanwhile.
      while ((positions[0]?.at ?? at) < at - MOST_BEHIND_MS) positions.shift();
    } finally {
      isLooking = false;
    }
  }
  const looking = setInterval(() => {
    // Where the primary is down, what it last had is what a replica has to have.
    for (const look of [lookAtPrimary(), ...replicas.map((replica) => replica.look())]) look.catch(() => undefined);
  }, LOOK_EVERY_MS).unref();

  let turn = 0;
  function choose(after: WalPosition): Promise<Replica | null> {
    turn = (turn + 1) % replicas.length;
    return replicaAt(laterOf(after, positions[0]?.position ?? after), [
      ...replicas.slice(turn),
      ...replicas.slice(0, turn),
    ]);
  }

  return {
    readsAfter: (text) => createReads(primary, readAfter(text), choose),
    committed(told) {
      const log = readLog(told);
      newest = laterOf(newest, log.position);
      meet(log.timeline);
    },
    lastCommit: () => writeWalPosition(newest),
    async close() {
      clearInterval(looking);
      await close();
    },
  };
}

/** The latest of the positions that a client lists; null, for the primary, where any of it is none. */
function readAfter(text: string | null): WalPosition | null {
  const positions = text === null ? [0n] : text.split(',').map((part) => readWalPosition(part.trim()));
  return positions.reduce((one, other) => (one === null || other === null ? null : laterOf(one, other)));
}

/** The first that has replayed the position. Where none is known to have, those that are there are asked, once. */
async function replicaAt(position: WalPosition, replicas: readonly Replica[]): Promise<Replica | null> {
  const known = replicas.find((replica) => replica.readerAt(position) !== null);
  if (known !== undefined) return known;
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
  { manager }: DataSource,
  after: WalPosition | null,
  choose: (after: WalPosition) => Promise<Replica | null>,
): Reads {
  // Null until something is read.
  let choice: Promise<Replica | null> | null = after === null ? Promise.resolve(null) : null;
  function pinToPrimary(): void {
    choice = Promise.resolve(null);
  }
  const onPrimary = readsFrom(manager);
  return {
    async read(work) {
      const replica = await (choice ??= choose(after ?? 0n));
      // Asked again: another request may have found out meanwhile that it is not there.
      const reader = replica?.readerAt(after ?? 0n) ?? null;
      if (replica === null || reader === null) {
        pinToPrimary();
        return onPrimary.read(work);
      }
      try {
        return await work(reader);
      } catch (error) {
        // More waits for it than may. The primary has the updates: what is too much here would be slow for all there.
        if (error instanceof ServiceBusy) throw error;
        // It is down, or could not both replay and answer.
        if (isDatabaseUnavailable(error)) replica.mistrust();
        pinToPrimary();
        const answer = await onPrimary.read(work);
        // What is wrong in itself has failed on the primary too. This was the replica's fault, such as a role without rights there.
        replica.mistrust();
        return answer;
      }
    },
    pinToPrimary,
  };
}
