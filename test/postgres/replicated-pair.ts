import { chmodSync, chownSync, cpSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openProxy } from './cutting-proxy.js';
import { createCluster, freePort, onServer, runServer, urlOf, type Running } from '../support/postgres-server.js';

/** A primary and its standby, which streams from it from the first byte on. */
export interface ReplicatedPair {
  readonly primary: Running;
  /** As it is now: one that was restarted is another one. */
  readonly standby: () => Running;
  /** The database of the tests, on either server. */
  readonly primaryUrl: string;
  readonly standbyUrl: string;
  /** Stops or goes on with replaying what the standby receives. */
  pauseReplay(isPaused: boolean): Promise<void>;
  /** Keeps from the standby what the primary sends it, or lets it have it. */
  freezeLink(isFrozen: boolean): void;
  /** Makes the standby a primary, and waits until it is one. */
  promote(): Promise<void>;
  /** Waits until the standby has replayed all that the primary has written. */
  caughtUp(): Promise<void>;
  /** Does this, and then puts the primary's disk back to what was on it before. */
  putBackAfter(work: () => Promise<void>): Promise<void>;
  /** Does this, ends the primary, does the other, and then puts the disks of both back and starts them again. */
  putBothBackAfter(work: () => Promise<void>, withoutPrimary: () => Promise<void>): Promise<void>;
  /** Again, after its end. */
  startStandby(): Promise<void>;
  /** What was the primary, after its end and a promotion: as a standby of the new one, on its address, though it has its own history. */
  startOldPrimary(): Promise<void>;
  close(): Promise<void>;
}

/** A pair with a database of its own; the primary commits only what the standby has too. */
export async function startPair(database: string): Promise<ReplicatedPair> {
  const cluster = await createCluster();
  const copy = join(cluster.folder, 'standby');
  // Of a cluster that was never started, a copy of its files is a base backup.
  cpSync(cluster.data, copy, { recursive: true });
  writeFileSync(join(copy, 'standby.signal'), '');
  own(copy, cluster.user);
  const ports = { primary: await freePort(), standby: await freePort() };
  const startPrimary = (): Promise<Running> =>
    runServer(cluster, cluster.data, {
      port: ports.primary,
      synchronous_standby_names: '*',
      wal_keep_size: '1GB',
    });
  let primary = await startPrimary();
  const link = await openProxy(primary.url);
  const startStandby = (): Promise<Running> =>
    runServer(cluster, copy, {
      port: ports.standby,
      primary_conninfo: `host=127.0.0.1 port=${new URL(link.url).port} user=postgres`,
      wal_retrieve_retry_interval: '100ms',
    });
  let standby = await startStandby();
  /** A copy of a server that does not run. */
  const keep = (data: string): string => {
    const kept = `${data}-before`;
    cpSync(data, kept, { recursive: true });
    own(kept, cluster.user);
    return kept;
  };
  await onServer(primary.url, `CREATE DATABASE ${database}`);

  return {
    primary,
    standby: () => standby,
    primaryUrl: urlOf(primary.url, database),
    standbyUrl: urlOf(standby.url, database),
    pauseReplay: (isPaused) => onServer(standby.url, `SELECT pg_wal_replay_${isPaused ? 'pause' : 'resume'}()`),
    freezeLink: (isFrozen) => {
      link.freeze(isFrozen);
    },
    promote: () => onServer(standby.url, 'SELECT pg_promote()'),
    async caughtUp() {
      const position = await askServer(primary.url, 'SELECT pg_current_wal_flush_lsn()::text AS answer');
      const isThere = `SELECT pg_last_wal_replay_lsn() >= '${String(position)}' AS answer`;
      while ((await askServer(standby.url, isThere)) !== true);
    },
    async putBackAfter(work) {
      await primary.end('SIGQUIT');
      const before = keep(cluster.data);
      primary = await startPrimary();
      await work();
      await primary.end('SIGQUIT');
      // The standby can't follow it, so no commit may wait for that.
      primary = await runServer(cluster, before, { port: ports.primary });
    },
    async putBothBackAfter(work, withoutPrimary) {
      await Promise.all([primary.end('SIGQUIT'), standby.end('SIGQUIT')]);
      const before = [keep(cluster.data), keep(copy)] as const;
      [primary, standby] = await Promise.all([startPrimary(), startStandby()]);
      await work();
      await primary.end('SIGQUIT');
      await withoutPrimary();
      await standby.end('SIGQUIT');
      for (const [index, data] of [cluster.data, copy].entries()) {
        rmSync(data, { recursive: true });
        renameSync(before[index] ?? '', data);
      }
      [primary, standby] = await Promise.all([startPrimary(), startStandby()]);
    },
    async startStandby() {
      standby = await startStandby();
    },
    async startOldPrimary() {
      writeFileSync(join(cluster.data, 'standby.signal'), '');
      primary = await runServer(cluster, cluster.data, {
        port: ports.primary,
        primary_conninfo: `host=127.0.0.1 port=${ports.standby} user=postgres`,
      });
    },
    async close() {
      await Promise.all([primary.end('SIGQUIT'), standby.end('SIGQUIT')]);
      await link.close();
      cluster.remove();
    },
  };
}

async function askServer(url: string, statement: string): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<{ answer: unknown }>(statement)).rows[0]?.answer;
  } finally {
    await client.end();
  }
}

function own(folder: string, { uid, gid }: { readonly uid?: number; readonly gid?: number }): void {
  chmodSync(folder, 0o700);
  if (uid === undefined || gid === undefined) return;
  for (const path of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(folder, path), uid, gid);
  }
}
