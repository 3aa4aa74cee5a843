import type { DataSource } from 'typeorm';
import { readWalPosition, type WalPosition } from './wal-position.js';

// What is flushed, not what is inserted: a commit is flushed before it is answered or seen, and what is only inserted
// may stay away from the replicas for as long as nobody commits. The name of a file of the log begins with its timeline.
/** Asks a primary where its log is. */
export const TELL_LOG = `SELECT pg_current_wal_flush_lsn()::text AS position,
  left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) AS timeline`;

/** Asks a server which database of which cluster it is: the same for a primary and its physical copies. */
export const IDENTITY = `SELECT system_identifier::text || '/' || current_database() FROM pg_control_system()`;

/** What it answers. */
export interface ToldLog {
  readonly position: string;
  readonly timeline: string;
}

/** Where a primary's log is. */
export interface Log {
  readonly position: WalPosition;
  /** Each promotion begins another one. */
  readonly timeline: number;
}

export function readLog({ position, timeline }: ToldLog): Log {
  const read = readWalPosition(position);
  if (read === null) throw new Error(`${position} is no position`);
  return { position: read, timeline: Number.parseInt(timeline, 16) };
}

/** Where the log of this primary is, and of which database it is a primary. */
export async function logOf(primary: DataSource): Promise<Log & { readonly identity: string }> {
  const [told] = await primary.query<[ToldLog & { identity: string }]>(`${TELL_LOG}, (${IDENTITY}) AS identity`);
  return { ...readLog(told), identity: told.identity };
}
