import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import sqlite3 from 'sqlite3';
import { runVerify } from '../../src/cli/verify-command.js';

export interface Verified {
  readonly code: number;
  /** Those before the last one. */
  readonly breaches: readonly string[];
  readonly summary: string;
  readonly errors: string;
}

/** Runs the command on a database file. */
export async function runOn(path: string): Promise<Verified> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const code = await runVerify([], { DATABASE_URL: `sqlite:${path}` }, { stdout, stderr });
  const read = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString('utf8') ?? '';
  const lines = read(stdout).split('\n').slice(0, -1);
  return { code, breaches: lines.slice(0, -1), summary: lines.at(-1) ?? '', errors: read(stderr) };
}

/** A connection that keeps to no foreign key, as a hand that breaks things has it. */
export async function executeOn(path: string, statements: readonly string[]): Promise<void> {
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

/** Copies what is committed in a database file, does its work on the copy, and removes it. */
export async function withCopy<T>(path: string, work: (copy: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'verify-'));
  try {
    const copy = join(folder, 'copy.sqlite');
    await executeOn(path, [`VACUUM INTO '${copy}'`]);
    return await work(copy);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
