import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import sqlite3 from 'sqlite3';
import { runVerify } from '../../src/cli/verify-command.js';
import { readSettings } from '../../src/settings.js';
import { onServer } from '../support/postgres-server.js';
import { createCopy } from '../support/test-database.js';
import { writtenTo } from '../support/written-to.js';

export interface Verified {
  readonly code: number;
  /** Those before the last one. */
  readonly breaches: readonly string[];
  readonly summary: string;
  readonly errors: string;
}

/** Runs the command on a database. */
export async function runOn(url: string, args: readonly string[] = []): Promise<Verified> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const code = await runVerify(args, { DATABASE_URL: url }, { stdout, stderr });
  const lines = writtenTo(stdout).split('\n').slice(0, -1);
  return { code, breaches: lines.slice(0, -1), summary: lines.at(-1) ?? '', errors: writtenTo(stderr) };
}

/** By a connection that keeps to no foreign key, as a hand that breaks things has it. */
export async function executeOn(url: string, statements: readonly string[]): Promise<void> {
  const { database } = readSettings({ DATABASE_URL: url });
  if (database.kind === 'sqlite') await executeOnFile(database.path, statements);
  else await onServer(url, 'SET session_replication_role = replica', ...statements);
}

/** Copies what is committed in a database, does its work on the copy, and removes it. */
export async function withCopy<T>(url: string, work: (copy: string) => Promise<T>): Promise<T> {
  const { database } = readSettings({ DATABASE_URL: url });
  return database.kind === 'sqlite' ? withCopyOfFile(database.path, work) : withCopyOnServer(url, work);
}

async function executeOnFile(path: string, statements: readonly string[]): Promise<void> {
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(path, (error) => {
      if (error === null) resolve(opened);
      else reject(error);
    });
  });
  try {
    for (const statement of statements) {
      await new Promise<void>((resolve, reject) => {
        database.exec(statement, (error) => {
          if (error === null) resolve();
          else reject(new Error(`${error.message}: ${statement}`));
        });
      });
    }
  } finally {
    await new Promise<void>((resolve) => {
      database.close(() => {
        resolve();
      });
    });
  }
}

async function withCopyOfFile<T>(path: string, work: (copy: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'verify-'));
  try {
    const copy = join(folder, 'copy.sqlite');
    await executeOnFile(path, [`VACUUM INTO '${copy}'`]);
    return await work(`sqlite:${copy}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whoever is connected to what is copied is thrown out: the service in whose world this is connects again. */
async function withCopyOnServer<T>(url: string, work: (copy: string) => Promise<T>): Promise<T> {
  const name = new URL(url).pathname.slice(1);
  const server = Object.assign(new URL(url), { pathname: '/postgres' }).href;
  await onServer(
    server,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`,
  );
  const copy = await createCopy(server, name);
  try {
    return await work(copy.url);
  } finally {
    await copy.remove();
  }
}
