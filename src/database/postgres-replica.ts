import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import type { TellReplica } from './database.js';
import { createDataSource, postgresOptions } from './data-source.js';
import { DatabaseRefused } from './database-refused.js';
import { IDENTITY, type Log } from './primary-log.js';
import { readWalPosition, type WalPosition } from './wal-position.js';

/** A standby, as far as it is known. It may be down at any time, from the start on. */
export interface Replica {
  /** The manager of its connections, if it is there and is known to have replayed the position; else null. */
  readerAt(position: WalPosition): EntityManager | null;
  /** Whether it was there when it was last looked at. */
  isThere(): boolean;
  /**
   * Looks how far it is, opening it where that has not been done. Who asks while somebody looks, or has just looked, shares
   * that. Throws DatabaseRefused where it is no copy of the primary; that it is down is no error.
   */
  look(): Promise<void>;
  /**
   * Takes note of how far it is. What this answers learns where the primary's log was after that: a replica that was further,
   * as after the primary was put back to a copy of its disk, has a history of its own, also when the primary passes it.
   */
  comparison(): (primary: Log) => void;
  /** It has failed somebody: it counts as not there until it is looked at again. */
  mistrust(): void;
  close(): Promise<void>;
}

const CONNECTIONS = 8;
/** What takes longer is asked of the primary. */
const LONGEST_MS = 2000;
const LONGEST_CONNECT_MS = 1000;
/** How long it is enough to have looked: two of the looks that are taken anyway. */
const FRESH_MS = 2000;
/** No more often than this, however many ask. */
const LOOK_MS = 5;
/** Who is not there does not say goodbye either. */
const LONGEST_CLOSE_MS = 1000;

// No position where the standby was promoted: it is none any more, and has its own history. The timeline is the newest that
// it is known to follow: that of its last restart point, of the end of what it must replay, and, for a role that may
// see it, of what it receives.
const POSITION = `
  SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END::text AS position,
         greatest((SELECT timeline_id FROM pg_control_checkpoint()),
                  (SELECT min_recovery_end_timeline FROM pg_control_recovery()),
                  (SELECT received_tli FROM pg_stat_wal_receiver)) AS timeline,
         (${IDENTITY}) AS identity`;

/** The primary, as far as a replica has to be its copy. */
export interface Copied {
  /** As it is now: its address may lead to another database, such as one that was restored from a dump. */
  readonly identity: () => string;
  /**
   * As it is now. Each promotion begins another one, on which positions mean something else: a standby that does not follow
   * it may be further on the one before, and has nothing of what was committed since.
   */
  readonly timeline: () => number;
}

interface Looked {
  readonly position: string | null;
  readonly timeline: number;
  readonly identity: string;
}

/** A replica that is not opened yet. */
export function createReplica(url: string, { identity, timeline }: Copied, tell?: TellReplica): Replica {
  const { host } = new URL(url);
  let source: DataSource | null = null;
  let seen: { readonly position: WalPosition; readonly timeline: number; readonly at: number } | null = null;
  /** The timeline of the primary that it was further than. */
  let aheadOf: number | null = null;
  let failures = 0;
  let looking = Promise.resolve();
  let isLooking = false;
  let lookedAt = -Infinity;
  /** What was told last: null where it was there, undefined before the first look. */
  let toldAbsence: string | null | undefined;

  // A server that restarts may be back at an earlier position, or a new copy: with a connection goes what was known.
  function mistrust(): void {
    failures += 1;
    seen = null;
    aheadOf = null;
  }

  function open(): Promise<DataSource> {
    const options = postgresOptions(url, CONNECTIONS, { connectMs: LONGEST_CONNECT_MS, queryMs: LONGEST_MS, mistrust });
    return createDataSource(options).initialize();
  }

  function found(absence: string | null): void {
    if (toldAbsence === undefined || (toldAbsence === null) !== (absence === null)) tell?.(host, absence);
    toldAbsence = absence;
  }

  async function lookNow(): Promise<void> {
    const before = failures;
    const at = performance.now();
    try {
      source ??= await open();
      const [row] = await source.query<[Looked]>(POSITION);
      if (row.identity !== identity()) {
        throw new DatabaseRefused(`DATABASE_REPLICA_URLS: ${host} is no replica of DATABASE_URL's database`);
      }
      const position = readWalPosition(row.position ?? '');
      const looked = position === null ? null : { position, timeline: row.timeline, at };
      if (before === failures) seen = looked;
      if (looked === null) found('it is no standby');
      else found(follows(looked) ? null : 'it does not follow the primary');
    } catch (error) {
      mistrust();
      found(absenceOf(error));
      if (error instanceof DatabaseRefused) throw error;
    }
  }

  const follows = (looked: { readonly timeline: number }) => looked.timeline === timeline() && aheadOf === null;
  const current = () => (seen !== null && follows(seen) && performance.now() - seen.at < FRESH_MS ? seen : null);

  return {
    readerAt(position) {
      const known = current();
      return known !== null && known.position >= position ? (source?.manager ?? null) : null;
    },
    isThere: () => current() !== null,
    look() {
      if (isLooking || performance.now() - lookedAt < LOOK_MS) return looking;
      isLooking = true;
      lookedAt = performance.now();
      looking = lookNow().finally(() => (isLooking = false));
      return looking;
    },
    comparison() {
      const before = failures;
      const position = seen?.position ?? null;
      return (primary) => {
        // It was lost meanwhile: it may be another copy by now.
        if (position === null || before !== failures) return;
        if (position > primary.position) aheadOf = primary.timeline;
        // That was the one before: it may follow the one that was promoted since.
        else if (aheadOf !== null && aheadOf < primary.timeline) aheadOf = null;
      };
    },
    mistrust,
    async close() {
      await looking.catch(() => undefined);
      await Promise.race([source?.destroy(), sleep(LONGEST_CLOSE_MS, undefined, { ref: false })]);
    },
  };
}

function absenceOf(error: unknown): string {
  if (error instanceof DatabaseRefused) return 'it is no copy of the primary';
  const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : 'it does not answer';
}
